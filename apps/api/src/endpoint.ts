import type { Caller as CallerOf } from '@keycourier/http/find-caller';
import type { Endpoint as EndpointOf, Route as RouteOf } from '@keycourier/http/handler';

import type { Context, TenantSettings } from './context.ts';
import type { ProblemCode } from './problems.ts';

export type Caller = CallerOf<TenantSettings>;
export type Endpoint = EndpointOf<Context, Caller, ProblemCode>;
export type Route = RouteOf<Context, Caller, ProblemCode>;
