import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { createError } from '@objectos/spec/errors';
import { METADATA_TYPES, type MetadataType } from '@objectos/spec/metadata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-state.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { describeObject } from './describe-object.js';
import { localized, parameters, sendMetadata } from './reply.js';
import { readType } from './types.js';
import { describeView, namedView } from './views.js';
import { metadataReader, requireVisible, type MetadataReader } from './visibility.js';

/** One item under both names it is read by: its definition at the top level, and `item`. */
function itemBody(type: MetadataType, name: string, item: object): object {
  return { ...item, type, name, item };
}

/** The effective metadata: objects with their fields, views, apps and all other types. Read only. */
@Controller(['api/metadata', 'api/v1/meta'])
export class MetadataController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** The types there are. */
  @Get()
  types(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    parameters(request, []);
    sendMetadata(this.parts, { request, reply }, () => ({ types: METADATA_TYPES }));
  }

  /** The items of a type; `?package=` those of one layer. */
  @Get(':type')
  items(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('type') text: string,
  ): void {
    const type = readType(text);
    const layer = parameters(request, ['package']).get('package');
    const reader = this.reader(request);
    reader.requireType(type);
    const belongs = (name: string) => layer === undefined || this.isOfLayer(type, name, layer);
    sendMetadata(this.parts, { request, reply }, () => ({
      type,
      items: this.list(reader, type)
        .filter((item) => belongs(String(item['name'])))
        .map((definition) => localized(this.parts, request, { type, definition })),
    }));
  }

  /** One item. */
  @Get(':type/:name')
  item(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { type: text, name } = request.params as { readonly type: string; readonly name: string };
    const type = readType(text);
    parameters(request, ['package']);
    const reader = this.reader(request);
    reader.requireType(type);
    const item = this.find(reader, type, name);
    sendMetadata(this.parts, { request, reply }, () =>
      itemBody(type, name, localized(this.parts, request, { type, definition: item })),
    );
  }

  /** One view of an object. */
  @Get(':object/views/:id')
  view(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { object, id } = request.params as { readonly object: string; readonly id: string };
    parameters(request, []);
    const view = namedView(this.reader(request), object, id);
    // A view has a type of its own (grid, kanban, …), which its readers need more than ours.
    sendMetadata(this.parts, { request, reply }, () => ({ ...view, object, name: id, item: view }));
  }

  private reader(request: FastifyRequest): MetadataReader {
    return metadataReader(this.parts.snapshot(), this.parts.engine, contextOf(request));
  }

  private list(reader: MetadataReader, type: MetadataType): Readonly<Record<string, unknown>>[] {
    if (type === 'object') {
      return reader.objects().map(({ meta, readable }) => describeObject(meta, readable));
    }
    const items = reader.items(type);
    const named = items.map((item) => ({ ...item.value, name: item.name }));
    return type === 'view' ? named.map((view) => describeView(reader, view)) : named;
  }

  private find(reader: MetadataReader, type: MetadataType, name: string): object {
    if (type === 'object') {
      const { meta, readable } = requireVisible(reader, name);
      return describeObject(meta, readable);
    }
    const item = reader.items(type).find((candidate) => candidate.name === name);
    if (item === undefined)
      throw createError('metadata_not_found', { type, name: name.slice(0, 64) });
    return type === 'view' ? describeView(reader, item.value) : item.value;
  }

  private isOfLayer(type: MetadataType, name: string, layer: string): boolean {
    const item = this.parts.snapshot().items.get(type)?.get(name);
    return item?.layer === layer || item?.layer === `plugin:${layer}`;
  }
}
