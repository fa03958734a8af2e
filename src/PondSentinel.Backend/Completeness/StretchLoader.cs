using Microsoft.Data.Sqlite;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>Finds the days that have to be counted together with a day, and all facts that decide them. Reads only.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="gateway">The gateway.</param>
/// <param name="grid">The calendar.</param>
/// <param name="nowMs">Now, UTC ms since 1970.</param>
internal sealed class StretchLoader(SqliteTransaction transaction, string gateway, DayGrid grid, long nowMs)
{
    private readonly FactTables facts = new(transaction);
    private readonly EpochNumbers numbers = new(transaction, gateway);

    /// <summary>The stretch that a day belongs to.</summary>
    public Stretch Load(long day)
    {
        var lives = new Lives(
            facts.Lives(gateway).Select(life => life with { Given = Math.Max(life.Given, numbers.Last(life.Epoch)) }),
            new RowTables(transaction).Stopped(gateway));
        var endMs = lives.LastMs is { } last ? last + (long)CompletenessOptions.TakenDownAfter.TotalMilliseconds : long.MaxValue / 2;
        var segments = Segment.Of(facts.Descriptions(gateway), endMs);

        // Where a slot may reach over midnight, its record may stand in the next day.
        var spillMs = segments.Where(segment => DayGrid.DayMs % segment.Device.IntervalMs != 0 || grid.OffsetMs % segment.Device.IntervalMs != 0)
            .Select(segment => segment.Device.IntervalMs).DefaultIfEmpty(0).Max();
        var (first, end) = (spillMs > 0 ? day - 1 : day, day);
        while (true)
        {
            var stretch = Load(first, end, spillMs, segments, lives);
            var (wantedFirst, wantedLast) = Reach(stretch);
            if ((wantedFirst >= first && wantedLast <= end) || SlotsIn(segments, wantedFirst, wantedLast) > CompletenessOptions.SlotsMax)
            {
                return stretch;
            }

            (first, end) = (Math.Min(first, wantedFirst), Math.Max(end, wantedLast));
        }
    }

    private Stretch Load(long first, long last, long spillMs, IReadOnlyList<Segment> segments, Lives lives)
    {
        var fromMs = grid.StartOf(first);
        var marks = facts.Marks(gateway, fromMs, grid.StartOf(last + 1) + spillMs);
        var ofEpoch = marks.ToLookup(mark => mark.Epoch, StringComparer.Ordinal);
        Dictionary<string, EpochEdges> edges = new(StringComparer.Ordinal);
        foreach (var life in lives.All)
        {
            if (ofEpoch.Contains(life.Epoch))
            {
                edges[life.Epoch] = new EpochEdges(
                    facts.Below(gateway, life.Epoch, ofEpoch[life.Epoch].Min(mark => mark.Number)),
                    facts.Above(gateway, life.Epoch, ofEpoch[life.Epoch].Max(mark => mark.Number)));
            }
            else if (life.FirstMs < grid.StartOf(last + 1) && (lives.NextAfter(life.FirstMs) ?? nowMs) >= fromMs)
            {
                var before = facts.LastBefore(gateway, life.Epoch, fromMs) ?? -1;
                edges[life.Epoch] = new EpochEdges(
                    before < 0 ? null : facts.Below(gateway, life.Epoch, before + 1), facts.Above(gateway, life.Epoch, before));
            }
        }

        return new Stretch
        {
            Gateway = gateway,
            Grid = grid,
            FirstDay = first,
            LastDay = last,
            NowMs = nowMs,
            Segments = segments,
            Lives = lives,
            Marks = marks,
            Edges = edges,
            Missing = numbers.Missing,
        };
    }

    // The days that its gaps reach over.
    private (long First, long Last) Reach(Stretch stretch)
    {
        var (firstMs, lastMs) = (stretch.FromMs, stretch.ToMs - 1);
        var ofEpoch = stretch.Marks.ToLookup(mark => mark.Epoch, StringComparer.Ordinal);
        foreach (var life in stretch.Lives.All.Where(life => stretch.Edges.ContainsKey(life.Epoch)))
        {
            var (below, above) = stretch.Edges[life.Epoch];
            var (number, timeMs) = below ?? (-1, life.FirstMs);
            var (end, endMs) = above ?? (life.Given + 1, stretch.Lives.NextAfter(Math.Max(timeMs, life.FirstMs)) ?? nowMs);
            var marks = ofEpoch[life.Epoch];
            var lowest = marks.Any() ? marks.Min(mark => mark.Number) : end;
            var highest = marks.Any() ? marks.Max(mark => mark.Number) : number;
            if (lowest > number + 1 && numbers.Missing(life.Epoch, new SequenceRange(number + 1, lowest - 1)).Count > 0)
            {
                firstMs = Math.Min(firstMs, timeMs);
                lastMs = marks.Any() ? lastMs : Math.Max(lastMs, endMs);
            }

            if (end > highest + 1 && numbers.Missing(life.Epoch, new SequenceRange(highest + 1, end - 1)).Count > 0)
            {
                lastMs = Math.Max(lastMs, endMs);
                firstMs = marks.Any() ? firstMs : Math.Min(firstMs, timeMs);
            }
        }

        var today = grid.DayOf(nowMs);
        return (
            Math.Max(today - CompletenessOptions.DaysKept, grid.DayOf(firstMs)),
            Math.Min(Math.Max(stretch.LastDay, today), grid.DayOf(lastMs)));
    }

    private long SlotsIn(IReadOnlyList<Segment> segments, long first, long last) => segments.Sum(segment =>
        Math.Max(0, (Math.Min(segment.ToMs, grid.StartOf(last + 1)) - Math.Max(segment.FromMs, grid.StartOf(first))) / segment.Device.IntervalMs));
}
