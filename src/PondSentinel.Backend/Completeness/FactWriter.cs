using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>Takes facts in and marks the days whose account they may change, within one transaction.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="grid">The calendar.</param>
/// <param name="nowMs">Now, UTC ms since 1970.</param>
internal sealed class FactWriter(SqliteTransaction transaction, DayGrid grid, long nowMs)
{
    private readonly FactTables facts = new(transaction);
    private readonly RowTables rows = new(transaction);

    // Once in a transaction is enough: a gateway may tell of a thousand lives at once, each of which reaches over all days.
    private readonly HashSet<(string Gateway, long Day)> marked = [];

    private long FirstDay => grid.DayOf(nowMs) - CompletenessOptions.DaysKept;

    private long LastDay => grid.DayOf(nowMs) + CompletenessOptions.DaysAhead;

    /// <summary>Takes in points that are in the store now.</summary>
    /// <param name="points">The points; those of one record need not stand together.</param>
    public void Stored(IReadOnlyList<Point> points)
    {
        foreach (var ofEpoch in Marks(points).GroupBy(item => (item.Gateway, item.Mark.Epoch), item => item.Mark))
        {
            var (gateway, epoch) = ofEpoch.Key;
            var inside = ofEpoch.Where(mark => grid.DayOf(mark.TimeMs) is var day && day >= FirstDay && day <= LastDay).ToList();
            if (ofEpoch.Count() is var all && all > inside.Count)
            {
                rows.CountOutside(gateway, all - inside.Count);
            }

            if (inside.Count == 0)
            {
                continue;
            }

            foreach (var ofDay in inside.GroupBy(mark => Slots.Floor(mark.TimeMs, DayGrid.DayMs)))
            {
                Add(gateway, epoch, ofDay.Key, [.. ofDay]);
            }

            Live(gateway, epoch, inside.Min(mark => mark.TimeMs), inside.Max(mark => mark.TimeMs));
        }
    }

    /// <summary>Takes note that numbers were settled otherwise than by a record of their own: lost, refused, or revising another.</summary>
    public void Unstored(string gateway, string epoch, SequenceRange numbers)
    {
        if (facts.FindLife(gateway, epoch) is not { } life)
        {
            // Nothing is known of its time. What tells it marks the days.
            return;
        }

        var fromMs = Readable(() => facts.Below(gateway, epoch, numbers.First))?.TimeMs ?? life.FirstMs;
        var toMs = Readable(() => facts.Above(gateway, epoch, numbers.Last))?.TimeMs ?? facts.NextLife(gateway, life.FirstMs) ?? nowMs;
        if (numbers.Last > life.Given)
        {
            facts.Save(gateway, life with { Given = numbers.Last }, isNew: false);
        }

        MarkDirty(gateway, Math.Min(fromMs, toMs), Math.Max(fromMs, toMs));
    }

    /// <summary>Takes in a sign of life.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">The epoch it came from.</param>
    /// <param name="fromMs">The time of the earliest thing known by it.</param>
    /// <param name="toMs">The time of the latest.</param>
    /// <param name="boot">The boot it ran in, where that was said.</param>
    /// <param name="stopMs">When it was asked to stop, where that was said.</param>
    public void Live(string gateway, string epoch, long fromMs, long toMs, string? boot = null, long? stopMs = null)
    {
        var before = facts.FindLife(gateway, epoch);
        var life = before is null
            ? new Life(epoch, fromMs, toMs, boot, stopMs, -1)
            : before with
            {
                FirstMs = Math.Min(before.FirstMs, fromMs),
                LastMs = Math.Max(before.LastMs, toMs),
                Boot = before.Boot ?? boot,
                StopMs = before.StopMs ?? stopMs,
            };
        if (life == before)
        {
            return;
        }

        facts.Save(gateway, life, isNew: before is null);
        rows.Know(gateway);

        // What lies between it and its neighbours has another cause now, or none.
        if (before is null || before.FirstMs != life.FirstMs || before.Boot != life.Boot)
        {
            // Those that were its first polls, and are no more, may have stood in a slot half an interval later.
            MarkDirty(
                gateway,
                facts.LastSignBefore(gateway, life.FirstMs) ?? life.FirstMs,
                (before?.FirstMs ?? life.FirstMs) + (DayGrid.DayMs / 2));
        }

        if (before is null || before.LastMs != life.LastMs || before.Boot != life.Boot || before.StopMs != life.StopMs)
        {
            MarkDirty(
                gateway,
                before?.LastMs ?? life.FirstMs,
                facts.NextLife(gateway, life.FirstMs) ?? Math.Max(life.LastMs, nowMs));
        }
    }

    /// <summary>Takes in the highest numbers that epochs have given. Thousands are looked up at once.</summary>
    public void Given(string gateway, IReadOnlyList<HeldEpoch> inventory)
    {
        var lives = facts.Lives(gateway).ToDictionary(life => life.Epoch, StringComparer.Ordinal);
        foreach (var held in inventory)
        {
            if (lives.TryGetValue(held.Epoch, out var life) && held.Last > life.Given)
            {
                lives[held.Epoch] = life with { Given = held.Last };
                facts.Save(gateway, lives[held.Epoch], isNew: false);
                MarkDirty(gateway, life.LastMs, facts.NextLife(gateway, life.FirstMs) ?? nowMs);
            }
        }
    }

    /// <summary>Takes in a description.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="site">Its site.</param>
    /// <param name="fromMs">From when on it holds; null where the gateway has not said.</param>
    /// <param name="schema">Its name.</param>
    /// <param name="meta">The message, which is one of this gateway.</param>
    public void Described(string gateway, string site, long? fromMs, string schema, ReadOnlyMemory<byte> meta)
    {
        var sinceMs = fromMs ?? nowMs;
        if (facts.AddDescription(gateway, sinceMs, schema, site, fromMs is not null, meta))
        {
            rows.Know(gateway);
            MarkDirty(gateway, sinceMs, Math.Max(sinceMs, facts.NextDescription(gateway, sinceMs) ?? nowMs));
        }
    }

    /// <summary>Takes in that the newest state says that an epoch was stopped, or that none was.</summary>
    public void Stopped(string gateway, string? epoch)
    {
        if (rows.Stopped(gateway) is var before && before != epoch)
        {
            rows.SetStopped(gateway, epoch);
            if ((epoch ?? before) is { } known && facts.FindLife(gateway, known) is { } life)
            {
                MarkDirty(gateway, life.LastMs, nowMs);
            }
        }
    }

    /// <summary>Marks the days from one instant to another.</summary>
    public void MarkDirty(string gateway, long fromMs, long toMs)
    {
        var last = Math.Min(LastDay, grid.DayOf(toMs));
        for (var day = Math.Max(FirstDay, grid.DayOf(fromMs)); day <= last; day++)
        {
            var first = day;
            while (day <= last && marked.Add((gateway, day)))
            {
                day++;
            }

            rows.MarkDirty(gateway, first, day - 1);
        }
    }

    private void Add(string gateway, string epoch, long day, List<RecordMark> marks)
    {
        var (first, last) = (marks.Min(mark => mark.Number), marks.Max(mark => mark.Number));
        var (fromMs, toMs) = (marks.Min(mark => mark.TimeMs), marks.Max(mark => mark.TimeMs));
        var span = facts.Span(gateway, day, epoch);
        facts.Add(gateway, day, epoch, marks);

        // The outermost of its day: what lies between it and the records of other days has other neighbours now.
        if (span is null || first < span.Value.First)
        {
            fromMs = Math.Min(fromMs, Readable(() => facts.Below(gateway, epoch, first))?.TimeMs ?? fromMs);
        }

        if (span is null || last > span.Value.Last)
        {
            toMs = Math.Max(toMs, Readable(() => facts.Above(gateway, epoch, last))?.TimeMs ?? toMs);
        }

        MarkDirty(gateway, fromMs, toMs);
    }

    // A block that is damaged is told where its day is counted. Here it would keep values from being stored.
    private static (long Number, long TimeMs)? Readable(Func<(long Number, long TimeMs)?> find)
    {
        try
        {
            return find();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private IEnumerable<(string Gateway, RecordMark Mark)> Marks(IReadOnlyList<Point> points)
    {
        Dictionary<MarkShape, MarkShape> shapes = [];
        foreach (var record in points.GroupBy(point => (point.Gateway, point.Epoch, point.Sequence, point.IsRevision)))
        {
            var point = record.First();
            MarkShape shape = new(
                point.Site,
                point.Station,
                point.Device,
                [
                    .. record.Select(own => new MarkedChannel(own.Channel, own.Measurand, Fates.OfValue(own.Value.Flag, own.Value.Why)))
                        .OrderBy(channel => channel.Channel, StringComparer.Ordinal),
                ]);
            if (!shapes.TryGetValue(shape, out var known))
            {
                shapes[shape] = known = shape;
            }

            yield return (point.Gateway, new RecordMark(
                point.Epoch, point.Sequence, point.TimeMs, Math.Clamp(point.CoveredMs ?? 0, 0, DayGrid.DayMs),
                nowMs - point.TimeMs > CompletenessOptions.LateAfter.TotalMilliseconds, point.IsRevision, known));
        }
    }
}
