/** The inbox's style sheet: system fonts, two themes, a list beside a reading pane, stacked on a narrow screen. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f7, #16181d);
  --sheet: light-dark(#ffffff, #1e2128);
  --line: light-dark(#e3e6ea, #2d323c);
  --ink: light-dark(#1c2430, #e6e9ee);
  --quiet: light-dark(#667080, #98a1b0);
  --accent: light-dark(#2f5fd0, #8fb0ff);
  --chosen: light-dark(#e9effc, #27324a);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink); }
a { color: var(--accent); }
.bar { display: flex; align-items: center; gap: 1rem; padding: .7rem 1.25rem; background: var(--sheet); border-bottom: 1px solid var(--line); }
.bar h1 { font-size: 1rem; margin: 0; font-weight: 650; letter-spacing: .01em; }
.bar h1 a { color: inherit; text-decoration: none; }
.count, .hint { color: var(--quiet); }
.bar form { margin-left: auto; }
.bar input { font: inherit; width: min(20rem, 45vw); padding: .35rem .75rem; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(17rem, 25rem) 1fr; }
#list { overflow-y: auto; background: var(--sheet); border-right: 1px solid var(--line); }
#list ol { list-style: none; margin: 0; padding: 0; }
#list li { border-bottom: 1px solid var(--line); }
#list li a { display: block; padding: .7rem 1.25rem; color: inherit; text-decoration: none; border-left: 3px solid transparent; }
#list li a:hover { background: var(--ground); }
#list li a[aria-current] { background: var(--chosen); border-left-color: var(--accent); }
.row { display: flex; gap: .75rem; align-items: baseline; }
.row > :first-child { flex: 1; min-width: 0; }
.row time { font-size: .8rem; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.clip { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.who { font-weight: 600; }
.about, .pages { font-size: .87rem; color: var(--quiet); }
.pages { display: flex; justify-content: space-between; padding: .8rem 1.25rem; }
article { min-width: 0; min-height: 0; display: flex; flex-direction: column; padding: 1.5rem 2rem; gap: 1.1rem; }
article h2 { margin: 0; font-size: 1.4rem; line-height: 1.3; font-weight: 650; overflow-wrap: anywhere; }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .92rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
nav.parts { display: flex; gap: 1.25rem; border-bottom: 1px solid var(--line); }
nav.parts a { padding: .4rem 0; color: var(--quiet); text-decoration: none; border-bottom: 2px solid transparent; margin-bottom: -1px; }
nav.parts a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); }
iframe, pre { flex: 1; min-height: 12rem; width: 100%; margin: 0; border: 1px solid var(--line); border-radius: .6rem; }
iframe { background: #fff; color-scheme: light; }
pre { overflow: auto; padding: 1rem 1.25rem; background: var(--sheet); white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.empty { margin: auto; text-align: center; color: var(--quiet); max-width: 26rem; }
.empty strong { display: block; color: var(--ink); font-size: 1.1rem; font-weight: 600; margin-bottom: .3rem; }
@media (max-width: 46rem) {
  body { height: auto; }
  main { grid-template-columns: 1fr; }
  #list { max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); }
  article { padding: 1.25rem; }
  iframe { min-height: 60vh; }
}
`;
