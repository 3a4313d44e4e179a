export { compileFormula } from './compile/compile.js';
export { formatDecimal, parseDecimal, type Decimal } from './decimal/decimal.js';
export {
  signatureOf,
  type FunctionDefinition,
  type FunctionGroup,
  type Parameter,
  type ParameterKind,
} from './functions/definition.js';
export { allFunctions } from './functions/table.js';
export { FORMULA_LIMITS, type FormulaLimits } from './limits.js';
export {
  compileFormulaSql,
  isSqlFunction,
  type SqlColumn,
  type SqlColumnType,
  type SqlDialectName,
  type SqlOutcome,
  type SqlSource,
  type SqlTarget,
} from './sql/index.js';
export type {
  BinaryNode,
  BinaryOperator,
  CallNode,
  Expression,
  LiteralNode,
  MembershipNode,
  PathNode,
  TypedCallNode,
  TypedExpression,
  UnaryNode,
  UnaryOperator,
} from './syntax/ast.js';
export { parseFormula, type ParsedFormula } from './syntax/parser.js';
export { printExpression } from './syntax/print.js';
export { toJs, type ToJsOptions } from './values/to-js.js';
export type {
  BlankMode,
  CompiledFormula,
  DateTimeValue,
  DateValue,
  DurationValue,
  FormulaNotice,
  FormulaNumber,
  FormulaOptions,
  FormulaScope,
  FormulaType,
  FormulaValue,
  ListValue,
  MoneyValue,
  ObjectValue,
  TimeValue,
} from './types.js';
