/** The report's look: both color schemes, print, visible focus; no color says anything that a word does not. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1b1f24; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa;
  --good: #1a7f37; --bad: #b3261e; --mid: #7d4e00; --live: #b7e4c7; --recorded: #d7ecff; --simulated: #ffe8b3;
  --gap: transparent; --accent: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --bg: #0d1117; --fg: #e6edf3; --soft: #9da7b3; --line: #30363d;
  --card: #161b22; --good: #56d364; --bad: #ff8e86; --mid: #e3b341; --live: #0f4d25; --recorded: #0c3a66;
  --simulated: #574200; --accent: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 76rem; background: var(--bg); color: var(--fg);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; } h2 { margin: 2.2rem 0 .6rem; }
a { color: var(--accent); } nav { margin-bottom: 1rem; } nav a { margin-right: 1rem; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.card b { display: block; font-size: 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; overflow-wrap: break-word; }
thead th { background: var(--card); }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
.mid { color: var(--mid); font-weight: 600; } .soft { color: var(--soft); }
.live { background: var(--live); } .recorded { background: var(--recorded); } .simulated { background: var(--simulated); }
.heat { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(8.5rem, 1fr); gap: .5rem; }
.heat ul { list-style: none; margin: 0; padding: 0; } .heat h3 { font-size: .85rem; margin: 0 0 .3rem; min-height: 2.6em; }
.heat li { border: 1px solid var(--line); border-radius: 5px; padding: .3rem .4rem; margin-bottom: .3rem; font-size: .78rem; }
details { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; margin: .5rem 0; }
summary { cursor: pointer; }
pre { background: var(--card); padding: .6rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
svg text { fill: var(--fg); font: 12px system-ui, sans-serif; } svg .bar { fill: var(--accent); } svg .axis { stroke: var(--line); }
figure { margin: 1rem 0; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 8px; } figure p { margin: .3rem 0 0; }
figure svg { display: block; min-width: 52rem; } svg .strong { font-weight: 600; } svg .faint { fill: var(--soft); }
svg .event { fill: var(--accent); } svg .guide { stroke: var(--line); stroke-dasharray: 2 3; }
svg .path { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-opacity: .5; }
@media print { :root { color-scheme: light; } nav { display: none; } body { max-width: none; padding: 0; }
  details, table, .card, figure, tr { break-inside: avoid; } }
`;
