export {
  createTestKernel,
  recordingLogger,
  stopAndCheck,
  type LogEntry,
  type TestKernel,
  type TestKernelOptions,
} from './kernel/create-test-kernel.js';
