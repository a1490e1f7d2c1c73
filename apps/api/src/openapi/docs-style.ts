/** Inline, so that the page is a single response; its content security policy contains the hash. */
export const docsStyle = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #fff; --line: #d0d7de; --shade: #f4f6f8; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d; --shade: #161b22; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); background: var(--shade); font-size: .875rem; }
nav .top { font-weight: 700; font-size: 1rem; }
nav h2 { margin: 1.25rem 0 .25rem; font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--dim); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .15rem 0; }
main { padding: 2rem clamp(1rem, 4vw, 4rem); max-width: 64rem; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
h1 { margin-top: 0; }
section > h2 { margin-top: 3rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line); text-transform: capitalize; }
article { margin: 2rem 0; padding-bottom: 1.5rem; border-bottom: 1px solid var(--line); scroll-margin-top: 1rem; }
h3 { margin: 0 0 .5rem; font-size: 1.2rem; }
h4 { margin: 1.25rem 0 .5rem; }
code, pre { font: .875em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
p code, td code { background: var(--shade); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow: auto; max-height: 24rem; }
.method { display: inline-block; min-width: 4.2rem; padding: .1rem .5rem; border-radius: 4px; color: #fff; background: #57606a; font-weight: 700; font-size: .8rem; text-align: center; }
.GET { background: #0969da; } .POST { background: #1a7f37; } .PATCH { background: #9a6700; } .DELETE { background: #cf222e; }
.media { margin: .5rem 0; color: var(--dim); }
.table { overflow-x: auto; }
table { width: 100%; min-width: 34rem; table-layout: fixed; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 600; }
th:first-child { width: 32%; } th:nth-child(2) { width: 28%; }
td p, .refusal p { margin: 0; }
abbr { color: #cf222e; text-decoration: none; } small { color: var(--dim); }
.refusal { display: grid; grid-template-columns: 3.5rem 1fr; padding: .35rem 0; border-top: 1px solid var(--line); font-size: .9rem; }
@media (max-width: 48rem) { body { display: block; } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); } }
`;
