"""OpenStack Swift with its S3 API, whole in one process: proxy, account, container and object server.

What `swift-init` would spread over four daemons, with the same applications behind sockets of their
own. Takes the settings as JSON, and prints the port of the S3 API once it answers, or a line that
begins with "unusable: ".
"""

import json
import logging
import os
import sys

os.environ.setdefault('EVENTLET_NO_GREENDNS', 'yes')

import eventlet  # noqa: E402
import eventlet.event  # noqa: E402

eventlet.hubs.use_hub('poll')
eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring.builder import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

def end_with_the_test():
    """The pipe closes when the process of the test ends, however it does."""
    sys.stdin.read()
    os._exit(0)


STORES = ('account', 'container', 'object')

STORE_CONFIG = '''[DEFAULT]
swift_dir = {folder}
devices = {folder}/disks
mount_check = false
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
'''

PROXY_CONFIG = '''[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = {region}
max_bucket_listing = {pageSize}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secretAccessKey} .admin
[filter:slo]
use = egg:swift#slo
'''


class Memory:
    """What memcached would keep; the proxy makes no account without one."""

    def __init__(self, app):
        self.app = app
        self.values = {}

    def __call__(self, env, start_response):
        env['swift.cache'] = self
        return self.app(env, start_response)

    def get(self, key, **_):
        return self.values.get(key)

    def set(self, key, value, **_):
        self.values[key] = value

    def delete(self, key, **_):
        self.values.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.values[key] = int(self.values.get(key, 0)) + delta
        return self.values[key]


def write_config(folder, name, text, **values):
    with open(f'{folder}/{name}.conf', 'w') as file:
        file.write(text.format(folder=folder, name=name, **values))


def write_ring(folder, name, port):
    """One partition, one copy, one disk."""
    builder = RingBuilder(0, 1, 0)
    place = {'ip': '127.0.0.1', 'port': port, 'device': 'disk', 'region': 1, 'zone': 1, 'weight': 1}
    builder.add_dev(place)
    builder.rebalance()
    builder.get_ring().save(f'{folder}/{name}.ring.gz')


def listen(port=0):
    return eventlet.listen(('127.0.0.1', port))


def main(settings):
    folder = settings['folder']
    os.makedirs(f'{folder}/disks/disk', exist_ok=True)
    try:
        os.setxattr(f'{folder}/disks/disk', 'user.objectos', b'x' * 1000)
    except OSError as error:
        print(f'unusable: the disk has no extended attributes ({error.strerror})', flush=True)
        return
    threading = eventlet.patcher.original('threading')
    threading.Thread(target=end_with_the_test, daemon=True).start()
    utils.HASH_PATH_SUFFIX = b'objectos'
    sockets = {name: listen() for name in STORES}
    for name, socket in sockets.items():
        write_ring(folder, name, socket.getsockname()[1])
        write_config(folder, name, STORE_CONFIG)
    sockets['proxy'] = listen(settings['port'])
    write_config(folder, 'proxy', PROXY_CONFIG, **{k: settings[k] for k in
                 ('region', 'pageSize', 'secretAccessKey')})
    logging.disable(logging.CRITICAL)
    for name, socket in sockets.items():
        app = loadapp(f'{folder}/{name}.conf', global_conf={'log_name': name})
        served = Memory(app) if name == 'proxy' else app
        eventlet.spawn(wsgi.server, socket, served, logging.getLogger(name), debug=False)
    print(sockets['proxy'].getsockname()[1], flush=True)
    eventlet.event.Event().wait()


main(json.loads(sys.argv[1]))
