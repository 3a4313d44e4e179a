export { compileTemplate, type Escaping, type Language, type Template } from './compile.js';
