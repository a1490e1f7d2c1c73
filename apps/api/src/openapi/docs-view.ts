import type { DocumentedContent, DocumentShape, Operation } from './document-shape.ts';
import { fieldRows, linkOf, typeOf, type FieldRow } from './field-rows.ts';

/** A piece of a sentence; `isCode` for text in backticks. */
interface Piece {
  text: string;
  isCode: boolean;
}

type Prose = readonly (readonly Piece[])[];

/** Everything on the page, ready to render. */
export interface DocsView {
  title: string;
  intro: Prose;
  groups: readonly { name: string; description: string; operations: readonly OperationView[] }[];
  components: readonly { name: string; description: Prose; rows: readonly RowView[] }[];
}

interface RowView extends Omit<FieldRow, 'description'> {
  description: Prose;
}

interface BodyView {
  mediaType: string;
  component: string | null;
  type: string;
  rows: readonly RowView[];
  example: string | null;
}

interface OperationView {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: Prose;
  parameters: readonly (RowView & { where: string })[];
  body: { isRequired: boolean; content: readonly BodyView[] } | null;
  responses: readonly { status: string; description: Prose; content: readonly BodyView[] }[];
}

/** Paragraphs and code: the CommonMark that this API's texts use. */
export const proseOf = (text: string): Prose =>
  text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => paragraph.split('`').map((piece, index) => ({ text: piece, isCode: index % 2 === 1 })));

export function docsView({ info, tags, paths, components }: DocumentShape): DocsView {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags[0],
      view: show(method, path, operation),
    })),
  );
  return {
    title: `${info.title} ${info.version}`,
    intro: proseOf(info.description),
    groups: tags.map(({ name, description }) => ({
      name,
      description,
      operations: operations.filter(({ tag }) => tag === name).map(({ view }) => view),
    })),
    components: Object.entries(components.schemas).map(([name, schema]) => ({
      name,
      description: proseOf(schema.description ?? ''),
      rows: fieldRows(schema).map(toRowView),
    })),
  };
}

function show(method: string, path: string, operation: Operation): OperationView {
  const { operationId: id, summary, parameters, requestBody, responses } = operation;
  return {
    id,
    method: method.toUpperCase(),
    path,
    summary,
    description: proseOf(operation.description),
    parameters: parameters.map(({ name, in: where, required: isRequired, description, schema }) => ({
      ...toRowView({ name, type: typeOf(schema), component: linkOf(schema), isRequired, description }),
      where,
    })),
    body: requestBody === undefined ? null : { isRequired: requestBody.required, content: bodies(requestBody.content) },
    responses: Object.entries(responses).map(([status, { description, content }]) => ({
      status,
      description: proseOf(description),
      content: bodies(content),
    })),
  };
}

const toRowView = (row: FieldRow): RowView => ({ ...row, description: proseOf(row.description) });

const bodies = (content: DocumentedContent): BodyView[] =>
  Object.entries(content).map(([mediaType, { schema = {}, example }]) => ({
    mediaType,
    component: linkOf(schema),
    type: typeOf(schema),
    rows: fieldRows(schema).map(toRowView),
    example: example === undefined ? null : typeof example === 'string' ? example : JSON.stringify(example, null, 2),
  }));
