using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Gateways;

namespace PondSentinel.Backend.Completeness;

/// <summary>Finds the days that have to be counted together with a day, and all facts that decide them. Reads only.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="gateway">The gateway.</param>
/// <param name="grid">The calendar.</param>
/// <param name="nowMs">Now, UTC ms since 1970.</param>
/// <param name="descriptions">Descriptions that were read before.</param>
/// <param name="effort">What is left of the work that it may be.</param>
internal sealed class StretchLoader(
    SqliteTransaction transaction, string gateway, DayGrid grid, long nowMs, DescriptionCache descriptions, CountingEffort effort)
{
    private readonly FactTables facts = new(transaction);
    private readonly EpochNumbers numbers = new(transaction, gateway);

    /// <summary>The stretch that a day belongs to.</summary>
    /// <exception cref="InvalidDataException">It is too much work, or holds too many records.</exception>
    public Stretch Load(long day)
    {
        var lives = new Lives(
            facts.Lives(gateway).Select(life => life with { Given = Math.Max(life.Given, numbers.Last(life.Epoch)) }),
            new RowTables(transaction).Stopped(gateway));
        var described = facts.Descriptions(gateway, descriptions);
        var endMs = lives.LastMs is { } last ? EndAfter(last, described.LastOrDefault()?.Site) : long.MaxValue / 2;
        var segments = Segment.Of(described, endMs);

        // Where a slot may reach over midnight, its record may stand in the next day.
        var spillMs = segments.Where(segment => DayGrid.DayMs % segment.Device.IntervalMs != 0 || grid.OffsetMs % segment.Device.IntervalMs != 0)
            .Select(segment => segment.Device.IntervalMs).DefaultIfEmpty(0).Max();
        var halfMs = segments.Select(segment => segment.Device.IntervalMs / 2).DefaultIfEmpty(0).Max();
        var (first, end) = (spillMs > 0 ? day - 1 : day, lives.BeginWithin(grid.StartOf(day + 1) - halfMs, halfMs) ? day + 1 : day);
        while (true)
        {
            // The first polls of a life that began shortly before midnight may stand in slots after it.
            var fromMs = grid.StartOf(first);
            var marks = facts.Marks(
                gateway, lives.BeginWithin(fromMs - halfMs, halfMs) ? fromMs - halfMs : fromMs, grid.StartOf(end + 1) + spillMs);
            effort.SpendOnRecords(marks.Count);
            var stretch = Load(first, end, marks, segments, lives);
            var (wantedFirst, wantedLast) = Reach(stretch);
            if ((wantedFirst >= first && wantedLast <= end)
                || SlotsIn(segments, wantedFirst, wantedLast) > CompletenessOptions.SlotsMax
                || facts.MarkBytes(gateway, grid.StartOf(wantedFirst) - halfMs, grid.StartOf(wantedLast + 1) + spillMs) > CompletenessOptions.JoinedBytesMax)
            {
                return stretch;
            }

            (first, end) = (Math.Min(first, wantedFirst), Math.Max(end, wantedLast));
        }
    }

    private Stretch Load(long first, long last, List<RecordMark> marks, IReadOnlyList<Segment> segments, Lives lives)
    {
        var fromMs = grid.StartOf(first);
        var ofEpoch = marks.ToLookup(mark => mark.Epoch, StringComparer.Ordinal);
        Dictionary<string, EpochEdges> edges = new(StringComparer.Ordinal);
        foreach (var life in lives.All)
        {
            if (ofEpoch.Contains(life.Epoch))
            {
                effort.SpendOnLife();
                edges[life.Epoch] = new EpochEdges(
                    facts.Below(gateway, life.Epoch, ofEpoch[life.Epoch].Min(mark => mark.Number)),
                    facts.Above(gateway, life.Epoch, ofEpoch[life.Epoch].Max(mark => mark.Number)));
            }
            else if (life.FirstMs < grid.StartOf(last + 1) && (lives.NextAfter(life.FirstMs) ?? nowMs) >= fromMs)
            {
                effort.SpendOnLife();
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
        foreach (var gap in stretch.Gaps())
        {
            (firstMs, lastMs) = (Math.Min(firstMs, gap.FromMs), Math.Max(lastMs, gap.ToMs));
        }

        var today = grid.DayOf(nowMs);
        return (
            Math.Max(today - CompletenessOptions.DaysKept, grid.DayOf(firstMs)),
            Math.Min(Math.Max(stretch.LastDay, today), grid.DayOf(lastMs)));
    }

    // Until when a gateway is missed: till somebody says that it was taken down where it last was, or it has been silent for long.
    private long EndAfter(long lastMs, string? site)
    {
        var longMs = lastMs + (long)CompletenessOptions.TakenDownAfter.TotalMilliseconds;
        return new RetirementTable(transaction).All().Find(retired => retired.Gateway.Gateway == gateway && (site ?? retired.Gateway.Site) == retired.Gateway.Site) is { } known
            ? Math.Clamp(known.At.ToUnixTimeMilliseconds(), lastMs, longMs)
            : longMs;
    }

    private long SlotsIn(IReadOnlyList<Segment> segments, long first, long last) => segments.Sum(segment =>
        Math.Max(0, (Math.Min(segment.ToMs, grid.StartOf(last + 1)) - Math.Max(segment.FromMs, grid.StartOf(first))) / segment.Device.IntervalMs));
}
