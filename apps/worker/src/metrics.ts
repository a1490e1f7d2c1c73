import { Counter, type Registry } from 'prom-client';

export interface WorkerMetrics {
  jobs: Counter<'step' | 'outcome'>;
  alarms: Counter<'code'>;
  republished: Counter;
  erased: Counter<'what'>;
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  return {
    jobs: new Counter({
      name: 'keycourier_jobs_total',
      help: 'Jobs that ended, by step and outcome',
      labelNames: ['step', 'outcome'],
      registers,
    }),
    alarms: new Counter({
      name: 'keycourier_alarms_total',
      help: 'Things an operator should look at, by code',
      labelNames: ['code'],
      registers,
    }),
    republished: new Counter({
      name: 'keycourier_jobs_republished_total',
      help: 'Jobs that the queue had lost',
      registers,
    }),
    erased: new Counter({
      name: 'keycourier_erased_total',
      help: 'Rows whose personal data was erased since it was kept long enough, by what it was',
      labelNames: ['what'],
      registers,
    }),
  };
}
