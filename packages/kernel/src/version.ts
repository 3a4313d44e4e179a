/** Version of the kernel; a manifest's `engine` range is checked against it. */
export const KERNEL_VERSION = '0.1.0';
