import { expectTypeOf, test } from 'vitest';
import type {
  ActionDefinition,
  FieldDefinition,
  FieldDefinitionOf,
  FieldType,
  FlowNode,
  MetadataFormat,
  MetadataType,
  ObjectDefinition,
  PluginManifest,
  ValidationDefinition,
  WorkflowDefinition,
} from '@objectos/spec';
import { fieldSchema, formats } from '@objectos/spec';
import type {
  FLOW_NODE_TYPES,
  METADATA_TYPES,
  RULE_ACTION_TYPES,
  RuleAction,
} from '@objectos/spec';
import { inactiveKeys, type InactiveKey, type ledger } from '@objectos/spec/ledger';

test('the public types say what the schemas accept', () => {
  expectTypeOf<FieldDefinition['type']>().toEqualTypeOf<FieldType>();
  expectTypeOf<FlowNode['type']>().toEqualTypeOf<(typeof FLOW_NODE_TYPES)[number]>();
  expectTypeOf<RuleAction['type']>().toEqualTypeOf<(typeof RULE_ACTION_TYPES)[number]>();
  expectTypeOf<(typeof METADATA_TYPES)[number]>().toEqualTypeOf<MetadataType>();
  expectTypeOf(formats).toEqualTypeOf<Readonly<Record<MetadataType, MetadataFormat>>>();
  expectTypeOf<keyof typeof ledger>().toEqualTypeOf<MetadataType>();
  expectTypeOf(inactiveKeys).returns.toEqualTypeOf<InactiveKey[]>();
});

test('definitions narrow by their type', () => {
  expectTypeOf<FieldDefinitionOf<'lookup'>['reference']>().toEqualTypeOf<string | string[]>();
  expectTypeOf<FieldDefinitionOf<'select'>['options'][number]['value']>().toEqualTypeOf<string>();
  expectTypeOf<ObjectDefinition['fields']>().toEqualTypeOf<Record<string, FieldDefinition>>();
  expectTypeOf<Extract<ActionDefinition, { type: 'script' }>['execute']>().toEqualTypeOf<string>();
  expectTypeOf<
    Extract<ValidationDefinition, { type: 'script' }>['condition']
  >().toEqualTypeOf<string>();
  expectTypeOf<WorkflowDefinition['states']>().toExtend<Record<string, object>>();
  expectTypeOf<PluginManifest['id']>().toEqualTypeOf<string>();
  // @ts-expect-error a boolean has no length
  const wrong: FieldDefinition = { type: 'boolean', maxLength: 3 };
  void fieldSchema.safeParse(wrong);
});
