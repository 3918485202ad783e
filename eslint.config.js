import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Folders that adapt Sotto to a machine: real time, real randomness and `node:` live here and nowhere else. */
const shells = ['core/io/**', 'core/shell/**', 'core/cli/**', 'core/web/**', 'electron/**', 'build/**', 'test/**'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'test-results/', 'test/vectors/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx,cts}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'renderer/tsconfig.json', 'test/e2e/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Numbers print in one way only; `any`, objects and nullish values in a template stay errors.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => void set.delete(x)` and one-line callbacks say clearly that the value is not wanted.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // `while (true)` with an exit inside is the plain form of a parser's loop.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // `async` without `await` still turns a throw into a rejection, which an interface that returns a promise promises.
      '@typescript-eslint/require-await': 'off',
      // `_` in front says: the interface passes it, this implementation has no use for it.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // A new state, input or code must show every place that has to decide about it.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // SIP and TLS are made of control characters: CR, LF, NUL and what must not be in a header.
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },

  {
    files: ['core/**/*.ts'],
    ignores: shells,
    rules: {
      // Time and chance are injected (Clock, Random), the trace is the only log, and nothing below the shells reads the process.
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
          name,
          message: 'Use the injected Clock.',
        })),
        ...['crypto'].map((name) => ({
          name,
          message: 'Use the injected Random, or an interface that core/io implements.',
        })),
        ...['process'].map((name) => ({ name, message: 'Only the shells know of a process.' })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Use the injected Clock.' },
        { object: 'Math', property: 'random', message: 'Use the injected Random.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Use the injected Clock.' },
      ],
    },
  },

  {
    files: ['test/**/*.ts'],
    rules: {
      // A test that meets `undefined` where it expects a value fails at that line, which is what it is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // `expect(port.send).toHaveBeenCalled()` names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },

  {
    files: ['**/*.cts'],
    // CommonJS, as a sandboxed preload must be: `require` is its import.
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },

  { files: ['renderer/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat.recommended] },

  // Plain JavaScript: this file, and the two programs that must start under a Node that cannot strip types.
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', module: 'writable' } },
  },
);
