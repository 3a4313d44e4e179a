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
import { createCombinations } from '../combinations.js';
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
  const formOf = createCombinations((method, route, status) =>
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
      return {
        trace,
        finished({ route, status, began, ended }) {
          const own = textAttribute('objectos.request_id', requestId);
          recorder.record({ trace, parent, began, ended }, formOf(method, route, status), own);
        },
      };
    },
  };
}

function followOperations(recorder: Recorder): OperationObserver {
  const formOf = createCombinations((object, operation, failure) =>
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
      return {
        trace,
        finished({ code = '', began, ended }) {
          recorder.record({ trace, parent, began, ended }, formOf(object, operation, code), '');
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
      const began = performance.now();
      return {
        trace,
        end(failure) {
          const { name, kind = 'internal', attributes } = span;
          const form =
            failure === undefined
              ? formOf(span)
              : createForm({ name, kind: SPAN_KINDS[kind], attributes, failure: codeOf(failure) });
          recorder.record({ trace, parent, began, ended: performance.now() }, form, '');
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
