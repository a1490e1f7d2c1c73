/** The module that the console serves under this name: idiomorph's own, which is published without types for it. */
export const Idiomorph: {
  morph: (
    old: Element,
    replacement: Element,
    options: {
      morphStyle: 'outerHTML' | 'innerHTML';
      restoreFocus?: boolean;
      callbacks?: {
        beforeNodeMorphed?: (old: Node, replacement: Node) => boolean | undefined;
        beforeNodeAdded?: (node: Node) => boolean | undefined;
        beforeNodeRemoved?: (node: Node) => boolean | undefined;
        beforeAttributeUpdated?: (attribute: string, node: Element, change: 'update' | 'remove') => boolean | undefined;
      };
    },
  ) => void;
};
