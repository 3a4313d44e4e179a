import { isObjectOSError } from '@objectos/spec/errors';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createMetricsService } from '../src/index.js';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return isObjectOSError(error) ? error.code : String(error);
  }
  return undefined;
};

describe('metrics', () => {
  it('count, go up and down, and are observed', async () => {
    const metrics = createMetricsService({ process: false });
    const sent = metrics.counter({ name: 'sent_total', help: 'Sent.', labels: ['country'] });
    sent.add();
    sent.add(2, { country: 'de' });
    metrics.gauge({ name: 'open', help: 'Open.' }).set(5);
    metrics.gauge({ name: 'open', help: 'Open.' }).add(-2);
    metrics.histogram({ name: 'size', help: 'Size.', buckets: [1, 10] }).observe(5);
    metrics.summary({ name: 'wait_seconds', help: 'Wait.', percentiles: [0.5] }).observe(3);
    const text = await metrics.text();
    for (const line of [
      'sent_total{country=""} 1',
      'sent_total{country="de"} 2',
      'open 3',
      'size_bucket{le="1"} 0',
      'size_bucket{le="10"} 1',
      'wait_seconds{quantile="0.5"} 3',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('keep the number of series within bounds, and say so', async () => {
    const metrics = createMetricsService({ process: false, maxSeries: 3 });
    const counter = metrics.counter({ name: 'seen_total', help: 'Seen.', labels: ['id'] });
    for (let index = 0; index < 50; index += 1) counter.add(1, { id: index });
    counter.add(1, { id: 0 });
    const lines = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('seen_total{'));
    expect(lines).toHaveLength(4);
    expect(lines).toContain('seen_total{id="other"} 47');
    expect(lines).toContain('seen_total{id="0"} 2');
    expect(await metrics.text()).toContain(
      'objectos_metrics_series_dropped_total{metric="seen_total"} 47',
    );
  });

  it('may be bound to their labels, and keep the bounds all the same', async () => {
    const metrics = createMetricsService({ process: false, maxSeries: 1 });
    const counter = metrics.counter({ name: 'seen_total', help: 'Seen.', labels: ['id'] });
    const [kept, over] = [counter.bind({ id: 1 }), counter.bind({ id: 2 })];
    kept.add();
    counter.add(1, { id: 1 });
    over.add(3);
    over.add();
    expect(codeOf(() => kept.add(-1))).toBe('metric_invalid');
    const size = metrics.histogram({ name: 'size', help: 'Size.', labels: ['id'], buckets: [1] });
    size.bind({ id: 1 }).observe(0.5);
    size.observe(2, { id: 1 });
    const wait = metrics.summary({ name: 'wait_seconds', help: 'Wait.', labels: ['id'] });
    wait.bind({ id: 1 }).observe(3);
    const text = await metrics.text();
    for (const line of [
      'seen_total{id="1"} 2',
      'seen_total{id="other"} 4',
      'objectos_metrics_series_dropped_total{metric="seen_total"} 2',
      'size_bucket{id="1",le="1"} 1',
      'size_count{id="1"} 2',
      'wait_seconds_sum{id="1"} 3',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('are collected when they are read; one that fails hides nothing', async () => {
    const metrics = createMetricsService({ process: false });
    const gauge = metrics.gauge({ name: 'depth', help: 'Depth.' });
    metrics.onCollect(() => Promise.reject(new Error('away')));
    const stop = metrics.onCollect(() => gauge.set(7));
    expect(await metrics.text()).toContain('depth 7');
    gauge.set(1);
    void stop();
    expect(await metrics.text()).toContain('depth 1');
  });

  it('tell of the process once, also after a service that told of it ended', async () => {
    createMetricsService().close();
    const text = await createMetricsService().text();
    expect(text.match(/^process_start_time_seconds /gm)).toHaveLength(1);
  });

  it('refuse what Prometheus does not take', () => {
    const metrics = createMetricsService();
    const help = 'x';
    const wrong = [
      () => metrics.counter({ name: 'Bad-Name_total', help }),
      () => metrics.counter({ name: 'no_suffix', help }),
      () => metrics.gauge({ name: 'gauge_total', help }),
      () => metrics.gauge({ name: 'no_help', help: '' }),
      () => metrics.histogram({ name: 'h', help, labels: ['le'] }),
      () => metrics.gauge({ name: 'nodejs_version_info', help }),
      () => {
        metrics.gauge({ name: 'taken', help });
        metrics.histogram({ name: 'taken', help });
      },
      () => metrics.counter({ name: 'shrinks_total', help }).add(-1),
    ];
    expect(wrong.map(codeOf)).toEqual(wrong.map(() => 'metric_invalid'));
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;
  it.skipIf(!promtool)('pass promtool (skipped where it is not installed)', async () => {
    const metrics = createMetricsService();
    metrics
      .counter({ name: 'sent_total', help: 'Sent.', labels: ['country'] })
      .add(1, { country: 'de' });
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.text() });
    expect(`${checked.stdout.toString()}${checked.stderr.toString()}`).toBe('');
    expect(checked.status).toBe(0);
  });
});
