import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';

/** What orchestrators ask. Both answers are one word: they are public. */
@Controller()
export class HealthController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Liveness: this process answers. */
  @Get('healthz')
  live(@Res() reply: FastifyReply): void {
    void reply.send({ status: 'up' });
  }

  /** Readiness: send requests here, or (503) do not. */
  @Get('readyz')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const ready = this.parts.readiness.ready() && (await this.parts.healthy());
    await reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  }
}
