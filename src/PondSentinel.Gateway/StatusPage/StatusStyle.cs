namespace PondSentinel.Gateway.StatusPage;

/// <summary>How the page looks: on a phone and on a desk, by day and by night. Flags are told apart by their words too.</summary>
internal static class StatusStyle
{
    /// <summary>The style sheet.</summary>
    public static ReadOnlySpan<byte> Css =>
        """
        :root { --ink: #16212b; --soft: #52616e; --paper: #f4f6f8; --card: #fff; --edge: #d5dce2; --line: #0b62a8;
          --gap: #e3e8ec; --good: #1b6e3c; --suspect: #8a5a00; --fail: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6ebef; --soft: #9fb0bd; --paper: #11181e; --card: #1a232b;
          --edge: #2f3b45; --line: #6cb6ff; --gap: #28333c; --good: #7bd69b; --suspect: #ffb94d; --fail: #ff8a80; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1200px; padding: .75rem; background: var(--paper); color: var(--ink);
          font: 16px/1.4 system-ui, "Noto Sans CJK SC", sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
        header p { margin: 0; } .runs, .polls, .age, figcaption { color: var(--soft); font-size: .85rem; }
        main { display: grid; gap: .75rem; margin-top: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
        section { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; padding: .75rem; min-width: 0; }
        h2 { font-size: 1.1rem; margin: 0; } .polls { margin: 0; } .note { margin: 0; font-weight: 600; color: var(--suspect); }
        .fault { margin: .5rem 0 0; padding: .5rem; border-left: .25rem solid var(--fail); background: var(--paper); }
        article { margin-top: .75rem; } h3 { font-size: .95rem; margin: 0; font-weight: 600; }
        .now { margin: 0; } .x { font-size: 1.3rem; font-variant-numeric: tabular-nums; }
        .flag { font-weight: 600; color: var(--soft); } .good { color: var(--good); } .flag.suspect { color: var(--suspect); }
        .flag.fail, .flag.missing { color: var(--fail); }
        figure { margin: .25rem 0 0; } svg { display: block; width: 100%; height: 3.75rem; border: 1px solid var(--edge); border-radius: .25rem; }
        figcaption { display: flex; justify-content: space-between; gap: .5rem; font-variant-numeric: tabular-nums; }
        path { fill: none; vector-effect: non-scaling-stroke; stroke-width: 1.5px; } .line { stroke: var(--line); }
        path.suspect { stroke: var(--suspect); stroke-width: 3px; } path.fail { stroke: var(--fail); stroke-width: 3px; }
        .gap { fill: var(--gap); }

        """u8;
}
