import type { RequestHandler } from 'express';

import { answerProblem } from '../pages/problem-page.tsx';

/** Its page offers fifty at most. Bull Board itself would read as many jobs as it is asked for. */
export const maxJobsPerPage = 100;

/** Refuses what Bull Board answers with 500, or with every job at once. */
export const checkBoardRequest: RequestHandler = (request, response, next) => {
  const parameters = new URLSearchParams(request.url.split('?', 2)[1] ?? '');
  const isReadable =
    // It decodes the names of queues and jobs once more than Express.
    request.path.split('/').every((segment) => isDecodable(segment, 2)) &&
    [...parameters.values()].every((value) => isDecodable(value, 1));
  const jobsPerPage = Number(parameters.get('jobsPerPage') ?? 0);
  if (isReadable && jobsPerPage <= maxJobsPerPage) next();
  else
    answerProblem(request, response, {
      status: 400,
      title: 'Invalid request',
      advice: isReadable ? `Show at most ${maxJobsPerPage} jobs at once.` : 'The address cannot be decoded.',
      link: { href: '/queues', text: 'Back to the queues' },
    });
};

function isDecodable(text: string, times: number): boolean {
  try {
    for (let left = times, decoded = text; left > 0; left -= 1) decoded = decodeURIComponent(decoded);
    return true;
  } catch {
    return false;
  }
}
