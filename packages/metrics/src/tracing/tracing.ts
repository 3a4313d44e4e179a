import type {
  Observation,
  OperationObserver,
  OperationResult,
  RequestObserver,
  RequestResult,
  SpanStart,
  Tracer,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { MetricsConfig } from '../config.js';
import { createForm, SPAN_KINDS, textAttribute, type SpanForm } from './form.js';
import { createOutput, type OutputOptions } from './output.js';
import { createRecorder, type Recorder } from './recorder.js';

/** What follows requests and operations and makes spans of them. */
export interface Tracing {
  readonly requests: RequestObserver;
  readonly operations: OperationObserver;
  /** For everything else: hooks, statements, jobs, outgoing calls. */
  readonly tracer: Tracer;
  /** Sends what is there and ends. */
  close(): Promise<void>;
}

/** Starts tracing. */
export function startTracing(config: MetricsConfig['tracing'], options: OutputOptions): Tracing {
  const recorder = createRecorder(createOutput(config, options), config.sample);
  return {
    requests: followRequests(recorder),
    operations: followOperations(recorder),
    tracer: createTracer(recorder),
    close: () => recorder.close(),
  };
}

const nothing = (): void => undefined;
const UNFOLLOWED: Observation<unknown> = { finished: nothing };

function followRequests(recorder: Recorder): RequestObserver {
  const formOf = createForms((method, route, status) =>
    createForm({
      name: `${method} ${route}`,
      kind: SPAN_KINDS.server,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': Number(status),
      },
      failure: Number(status) >= 500 ? '' : undefined,
    }),
  );
  return {
    started({ method, requestId, trace: parent }): Observation<RequestResult> {
      const trace = recorder.place(parent);
      if (trace.sampled === false) return { trace, finished: nothing };
      const begin = performance.now();
      return {
        trace,
        finished({ route, status }) {
          const own = textAttribute('objectos.request_id', requestId);
          recorder.record({ trace, parent, begin }, formOf(method, route, status), own);
        },
      };
    },
  };
}

function followOperations(recorder: Recorder): OperationObserver {
  const formOf = createForms((object, operation, failure) =>
    createForm({
      name: `${operation} ${object}`,
      kind: SPAN_KINDS.internal,
      attributes: { 'objectos.object': object, 'objectos.operation': operation },
      failure: failure === '' ? undefined : String(failure),
    }),
  );
  return {
    started({ object, operation, trace: parent }): Observation<OperationResult> {
      if (parent?.sampled === false) return UNFOLLOWED;
      const trace = recorder.place(parent);
      if (trace.sampled === false) return { trace, finished: nothing };
      const begin = performance.now();
      return {
        trace,
        finished({ code = '' }) {
          recorder.record({ trace, parent, begin }, formOf(object, operation, code), '');
        },
      };
    },
  };
}

function createTracer(recorder: Recorder): Tracer {
  const shared = new WeakMap<object, { readonly name: string; readonly form: SpanForm }>();

  /** Whoever freezes attributes uses them again, for steps of one name. */
  function formOf({ name, kind = 'internal', attributes = {} }: SpanStart): SpanForm {
    const known = shared.get(attributes);
    if (known?.name === name) return known.form;
    const form = createForm({ name, kind: SPAN_KINDS[kind], attributes });
    if (Object.isFrozen(attributes)) shared.set(attributes, { name, form });
    return form;
  }

  return {
    start(span) {
      const { trace: parent } = span;
      const trace = recorder.place(parent);
      if (trace.sampled === false) return { trace, end: nothing };
      const begin = performance.now();
      return {
        trace,
        end(failure) {
          const { name, kind = 'internal', attributes } = span;
          const form =
            failure === undefined
              ? formOf(span)
              : createForm({ name, kind: SPAN_KINDS[kind], attributes, failure: codeOf(failure) });
          recorder.record({ trace, parent, begin }, form, '');
        },
      };
    },
  };
}

/** What a failure is called: its code, or its class. Messages may hold what people wrote. */
function codeOf(failure: unknown): string {
  if (isObjectOSError(failure)) return failure.code;
  return failure instanceof Error ? failure.name : 'error';
}

type Last = string | number;
const MOST_FORMS = 2_000;

/** Keeps the forms of spans by what tells them apart, of which there are few combinations. */
function createForms(
  make: (first: string, second: string, last: Last) => SpanForm,
): (first: string, second: string, last: Last) => SpanForm {
  const known = new Map<string, Map<string, Map<Last, SpanForm>>>();
  let count = 0;

  function add(first: string, second: string, last: Last): SpanForm {
    const form = make(first, second, last);
    if (count >= MOST_FORMS) return form;
    count += 1;
    const seconds = known.get(first) ?? new Map<string, Map<Last, SpanForm>>();
    const lasts = seconds.get(second) ?? new Map<Last, SpanForm>();
    known.set(first, seconds.set(second, lasts.set(last, form)));
    return form;
  }

  return (first, second, last) =>
    known.get(first)?.get(second)?.get(last) ?? add(first, second, last);
}
