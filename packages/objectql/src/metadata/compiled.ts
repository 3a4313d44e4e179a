import type { CompiledFormula } from '@objectos/formula';
import type { RecordLanguages } from '@objectos/spec/contracts';
import type {
  MetadataType,
  FieldDefinition,
  FieldType,
  ObjectDefinition,
  ValidationDefinition,
} from '@objectos/spec/metadata';
import type { ColumnType, TableSchema } from '../driver/contract.js';

/** Where a piece of metadata was written. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A field, compiled: nothing optional is left open that the hot path would have to decide. */
export interface FieldMeta {
  readonly name: string;
  readonly type: FieldType;
  readonly column: ColumnType;
  readonly definition: FieldDefinition;
  /** Maintained by the engine: `id`, `created_at`, …; never accepted from a client. */
  readonly system: boolean;
  /** Value comes from metadata (formula, summary, autonumber); never accepted from a client. */
  readonly computed: boolean;
  /** System, computed, or declared `readonly`. */
  readonly readOnly: boolean;
  readonly required: boolean;
  /** Holds an array (multiselect, checkboxes, tags, `multiple: true`). */
  readonly multiple: boolean;
  /** Target of a lookup, master-detail or tree field. */
  readonly reference: string | undefined;
  /** The objects that a polymorphic lookup may point to, and the field that says to which. */
  readonly polymorphic?: PolymorphicReference | undefined;
  /** What deleting the referenced record does here. Present with a reference. */
  readonly deleteBehavior: 'set_null' | 'cascade' | 'restrict' | undefined;
  /** Allowed values of select-like fields. */
  readonly options: ReadonlySet<string> | undefined;
  /** Values must not appear in filters or sorts (json, secret). */
  readonly filterable: boolean;
  /** A translatable field: where its translations are. */
  readonly translations?: FieldTranslations | undefined;
  /** A formula field: what computes it. Nothing is stored. */
  readonly formula?: FormulaMeta | undefined;
  /** A roll-up summary: what computes it. */
  readonly summary?: SummaryMeta | undefined;
}

/** Where the translations of a field are; by language, the default one not among them. */
export interface FieldTranslations {
  /** The stored column: a mapping of languages to values. */
  readonly column: string;
  /** All languages of the value, the default one first; none where nobody said which there are. */
  readonly locales: readonly string[];
  /** Names of single translations in what is written and logged: `name:de`. */
  readonly keys: ReadonlyMap<string, string>;
  /** Columns with the value as it reads in a language, fallbacks included. */
  readonly read: ReadonlyMap<string, string>;
}

/** A translatable field. */
export type TranslatedField = FieldMeta & { readonly translations: FieldTranslations };

/** One translation of a field, as a field: `name:de`. Whoever may write the field may write it. */
export type TranslationField = FieldMeta & {
  readonly translation: {
    readonly of: string;
    readonly locale: string;
    readonly column: string;
  };
};

/** A roll-up summary, compiled: what it computes over which children. The value is stored. */
export interface SummaryMeta {
  readonly function: 'count' | 'sum' | 'min' | 'max' | 'avg';
  /** The child object, and its relation to this one. */
  readonly child: string;
  readonly via: string;
  /** Field of the child; only `count` has none. */
  readonly field: string | undefined;
  /** Digits after the point; unknown where the child's field does not say. */
  readonly scale: number | undefined;
  /** Which children count. */
  readonly filter: CompiledFormula | undefined;
  /** The child's table, with the filter as a virtual column. */
  readonly table: TableSchema;
  readonly filterColumn: string | undefined;
  /** Stored fields of the child that the value depends on, the relation included. */
  readonly reads: ReadonlySet<string>;
}

/** Summaries of one parent that depend on an object through one relation. */
export interface Feed {
  readonly parent: string;
  readonly via: string;
  readonly summaries: readonly (FieldMeta & { readonly summary: SummaryMeta })[];
}

/** A formula, compiled against the objects that it reads. */
export interface FormulaMeta {
  readonly compiled: CompiledFormula;
  /** Digits after the point of a numeric result. */
  readonly scale: number | undefined;
  readonly reads: readonly FormulaRead[];
  /** It reads related records. */
  readonly crosses: boolean;
  /** The column computes it in the database, unless this says why not. */
  readonly refused: string | undefined;
}

/** One field that a formula reads. */
export interface FormulaRead {
  /** As the formula writes it: `['account', 'owner', 'name']`. */
  readonly path: readonly string[];
  /** The relations on the way; none for a field of the record itself. */
  readonly steps: readonly FormulaStep[];
  /** The object and the field at the end of the path. */
  readonly object: string;
  readonly field: string;
}

/** A relation on a formula's way. */
export interface FormulaStep {
  readonly object: string;
  readonly field: string;
  readonly target: string;
}

/** Where a polymorphic lookup may lead. */
export interface PolymorphicReference {
  readonly objects: ReadonlySet<string>;
  /** The field beside it that holds the name of the object. */
  readonly objectField: string;
}

/** A relation seen from the record it points to. */
export interface IncomingRelation {
  readonly object: string;
  readonly field: string;
  /** The name under which the records are reached from here, where metadata gives one. */
  readonly inverse?: string | undefined;
  /** Only where this field names this object: the lookup is polymorphic. */
  readonly only?: { readonly field: string; readonly value: string } | undefined;
  /** The field holds a list of ids. */
  readonly multiple: boolean;
  readonly deleteBehavior: 'set_null' | 'cascade' | 'restrict';
}

/** A relation of an object under a name that queries use. */
export type RelationMeta =
  /** The record that a lookup, master-detail or tree field points to. */
  | {
      readonly kind: 'one';
      readonly name: string;
      readonly object: string;
      readonly field: FieldMeta;
    }
  /** The records in the list of ids that a field holds. */
  | {
      readonly kind: 'list';
      readonly name: string;
      readonly object: string;
      readonly field: FieldMeta;
    }
  /** The record of one of several objects that a polymorphic lookup points to. */
  | {
      readonly kind: 'any';
      readonly name: string;
      readonly field: FieldMeta;
      readonly polymorphic: PolymorphicReference;
    }
  /** The records of `object` whose field `via` points here. */
  | {
      readonly kind: 'children';
      readonly name: string;
      readonly object: string;
      readonly via: string;
      readonly only: IncomingRelation['only'];
    }
  /** The records of `object` that links (records of `through`) tie to this one. */
  | {
      readonly kind: 'through';
      readonly name: string;
      readonly object: string;
      readonly through: string;
      /** The field of the link that points here, and the one that points there. */
      readonly near: string;
      readonly far: string;
    };

/** An object, compiled. */
export interface ObjectMeta {
  readonly name: string;
  readonly label: string;
  readonly pluralLabel: string;
  /** Of the engine itself (`sys_…`): no generic route reaches it. */
  readonly system: boolean;
  readonly table: TableSchema;
  /** All fields, system fields included, in order: id, declared fields, system fields. */
  readonly fields: ReadonlyMap<string, FieldMeta>;
  /** Password and secret fields: they exist for contexts with `secrets` only. */
  readonly sealed: ReadonlySet<string>;
  /** Sealed fields that are stored encrypted; whoever may write them does, and `get` alone reads them. */
  readonly encrypted: ReadonlySet<string>;
  /** Columns that a record shows (all but `deleted_at` and the sealed ones). */
  readonly visible: readonly string[];
  /** The columns of the table that are stored, `deleted_at` included; always the same array. */
  readonly stored: readonly string[];
  /** Formula fields, each after those that it reads. */
  readonly formulas: readonly FieldMeta[];
  /** Roll-up summaries of other objects that depend on this one. */
  readonly feeds: readonly Feed[];
  /** Values that new records begin with: counts and sums of no children. */
  readonly initial: Readonly<Record<string, unknown>>;
  /** Translatable fields, in order. */
  readonly translated: readonly TranslatedField[];
  /** Single translations by their names (`name:de`), as fields. */
  readonly translationKeys: ReadonlyMap<string, TranslationField>;
  /** `visible` as a set: every name that a query may use. */
  readonly columns: ReadonlySet<string>;
  /** Fields that a search looks into, in order; none where the object is not searchable. */
  readonly searchable: readonly string[];
  /** The field that names a record to people. */
  readonly nameField: string;
  readonly softDelete: boolean;
  readonly validations: readonly ValidationDefinition[];
  /** Fields with a reference to one object, in order. */
  readonly relations: readonly FieldMeta[];
  /** Lookups with several objects to point to, in order. */
  readonly polymorphic: readonly FieldMeta[];
  readonly incoming: readonly IncomingRelation[];
  /** Everything that queries can follow from here, by name. */
  readonly related: ReadonlyMap<string, RelationMeta>;
  /** API methods that are switched on (`enable.apiMethods`); empty when the API is off. */
  readonly methods: ReadonlySet<string>;
  readonly definition: ObjectDefinition;
  readonly position: SourcePosition;
}

/** An item of metadata of any type, after merging the layers. */
export interface MetadataItem {
  readonly type: MetadataType;
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Name of the highest layer that contributed: `plugin:<id>`, `app` or `runtime`. */
  readonly layer: string;
  readonly position: SourcePosition;
  /** `a.b.c` path to where that key was written, for keys that a higher layer overrode. */
  readonly origins: ReadonlyMap<string, SourcePosition & { readonly layer: string }>;
}

/** The whole effective metadata at one moment. Immutable; a request sees one from start to end. */
export interface MetadataSnapshot {
  /** Content hash: equal versions mean equal metadata. */
  readonly version: string;
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly items: ReadonlyMap<MetadataType, ReadonlyMap<string, MetadataItem>>;
  /** The languages that records are kept in; absent: nobody said which. */
  readonly languages?: RecordLanguages | undefined;
  /** Accepted but not active: the plugin that would consume them is not loaded. */
  readonly notices: readonly MetadataNotice[];
}

/** Something the author should know although nothing is wrong. */
export interface MetadataNotice {
  readonly code: string;
  readonly message: string;
  readonly position: SourcePosition;
}

/** One thing wrong with the metadata. */
export interface MetadataProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly position: SourcePosition;
}
