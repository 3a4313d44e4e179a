import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { readinessReport } from './report.js';

/** What orchestrators ask. For the public both answers are one word. */
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
  async ready(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { readiness, health, mayViewHealth } = this.parts;
    const [system, detailed] = await Promise.all([health(), mayViewHealth(request)]);
    const report = readinessReport(readiness.ready(), system, detailed);
    await reply.code(report.status === 'ready' ? 200 : 503).send(report);
  }
}
