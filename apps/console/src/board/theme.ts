import type { UITheme } from '@bull-board/api/typings/app';

const fonts = {
  'font-sans': 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif',
  'font-mono': 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
};

/** The palette of assets/console.css under Bull Board's names. */
export const boardTheme: UITheme = {
  light: {
    ...fonts,
    background: '#f4f5f7',
    foreground: '#1c2430',
    card: '#ffffff',
    'card-foreground': '#1c2430',
    primary: '#2f5fd0',
    'primary-foreground': '#ffffff',
    'muted-foreground': '#5d6675',
    border: '#e3e6ea',
    ring: '#2f5fd0',
    sidebar: '#ffffff',
    'sidebar-foreground': '#1c2430',
    'sidebar-border': '#e3e6ea',
  },
  dark: {
    ...fonts,
    background: '#16181d',
    foreground: '#e6e9ee',
    card: '#1e2128',
    'card-foreground': '#e6e9ee',
    primary: '#8fb0ff',
    'primary-foreground': '#10182b',
    'muted-foreground': '#9aa3b2',
    border: '#2d323c',
    ring: '#8fb0ff',
    sidebar: '#1e2128',
    'sidebar-foreground': '#e6e9ee',
    'sidebar-border': '#2d323c',
  },
};
