/** The look of the pages: one style sheet, light or dark as the reader's machine is. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --line: #d9dee5; --text: #1a2230; --quiet: #566174; --link: #0b57b0;
  --own: #14509c; --shared: #76a9e6; --track: #e9edf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d; --card: #1a202a; --line: #303a48; --text: #e6eaf1; --quiet: #a3aec0; --link: #8ab8f5;
    --own: #9cc6fb; --shared: #4a79ad; --track: #262e3a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
main { padding-bottom: 1rem; }
footer { padding-bottom: 2rem; color: var(--quiet); font-size: .875rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .75rem; font-size: 1.125rem; }
a { color: var(--link); }
a:focus-visible, input:focus-visible, button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.trail { margin: 0 0 .25rem; font-size: .875rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 0; }
.facts div { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.facts dt { color: var(--quiet); font-size: .875rem; }
.facts dd { margin: 0; font-size: 1.375rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts small { display: block; color: var(--quiet); font-size: .8125rem; font-weight: 400; }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { padding: .75rem 1rem; color: var(--quiet); font-size: .875rem; text-align: left; }
th, td { padding: .5rem 1rem; border-top: 1px solid var(--line); text-align: left; vertical-align: baseline; }
thead th { color: var(--quiet); font-size: .875rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.quiet { color: var(--quiet); }
.nothing { margin: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; color: var(--quiet); }
.bar { display: block; width: 8rem; height: .5rem; border-radius: .25rem; background: var(--track); }
.bar .own { fill: var(--own); } .bar .shared { fill: var(--shared); }
.key { display: inline-block; width: .75rem; height: .75rem; border-radius: .1875rem; vertical-align: -1px; }
.key .own { fill: var(--own); } .key .shared { fill: var(--shared); }
code { font: .875em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 .75rem; }
label { display: grid; gap: .25rem; color: var(--quiet); font-size: .875rem; }
input, button { height: 2.375rem; margin: 0; padding: 0 .75rem; border: 1px solid var(--line); border-radius: .375rem; background: var(--card); color: var(--text); font: inherit; }
nav.pages { display: flex; gap: 1rem; margin-top: .75rem; }
@media (max-width: 40rem) { .bar { display: none; } th, td { padding: .5rem .625rem; } }
`;
