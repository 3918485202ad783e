import { defineConfig } from 'vitest/config';

/** One project per kind of proof; `npm run test:unit` and its brothers choose one. */
const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node' as const, ...extra },
});

/** Suites that own ports, processes or a browser run one file at a time, so that they never wait for each other's load. */
const alone = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // A suite without tests, as in a filtered run, proves nothing and fails nothing.
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,arch,fuzz}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
        },
      },
      project('flow'),
      project('loopback', alone),
      project('interop', alone),
      project('e2e', alone),
    ],
  },
});
