using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>From facts to rows: what became of each poll that was due. Pure, and blind to the order in which the facts came.
/// </summary>
/// <remarks>README.md of this folder tells the rules.</remarks>
internal sealed class StretchAccount
{
    private readonly Stretch stretch;
    private readonly List<Track> tracks;
    private readonly Dictionary<string, List<Track>> tracksOf = new(StringComparer.Ordinal);
    private readonly ILookup<string, Segment> segmentsOf;
    private readonly HashSet<(Track, int)> covered = [];
    private readonly Dictionary<(long Day, LedgerChannel Channel), LedgerRow> rows = [];
    private readonly CountingEffort effort;
    private readonly long horizonMs;

    private StretchAccount(Stretch stretch, CountingEffort effort)
    {
        (this.stretch, this.effort) = (stretch, effort);
        horizonMs = stretch.NowMs - (long)CompletenessOptions.LateAfter.TotalMilliseconds;
        segmentsOf = stretch.Segments.ToLookup(segment => segment.Device.Id, StringComparer.Ordinal);
        tracks = [.. stretch.Segments.Select(segment => Track.Of(segment, stretch.Grid, stretch.FromMs, stretch.ToMs)).OfType<Track>()];
        foreach (var track in tracks)
        {
            if (!tracksOf.TryGetValue(track.Segment.Device.Id, out var own))
            {
                tracksOf[track.Segment.Device.Id] = own = [];
            }

            own.Add(track);
        }
    }

    /// <summary>Accounts for a stretch.</summary>
    /// <param name="stretch">The stretch.</param>
    /// <param name="effort">What is left of the work that it may be.</param>
    /// <returns>A row for each channel and day that anything was expected or stored of.</returns>
    /// <exception cref="InvalidDataException">It is too much work.</exception>
    public static IReadOnlyList<LedgerRow> Of(Stretch stretch, CountingEffort effort)
    {
        StretchAccount account = new(stretch, effort);
        account.Expect();
        account.Occupy();
        account.Cover();
        account.PlaceGaps();
        account.Tally();
        return [.. account.rows.Values.Where(row => row.Expected != 0 || row.Extra != 0 || row.Counts.Sum != 0)];
    }

    // By arithmetic, so that what is counted slot by slot afterwards has something to be held against.
    private void Expect()
    {
        foreach (var segment in tracks.Select(track => track.Segment))
        {
            var intervalMs = segment.Device.IntervalMs;
            for (var day = stretch.FirstDay; day <= stretch.LastDay; day++)
            {
                var fromMs = Math.Max(stretch.Grid.StartOf(day), segment.FromMs);
                var toMs = Math.Min(stretch.Grid.StartOf(day + 1), segment.ToMs);
                var first = Slots.Ceiling(fromMs, intervalMs);
                var end = Math.Min(Slots.Ceiling(toMs, intervalMs), Slots.Floor(horizonMs, intervalMs));
                if (first >= Slots.Ceiling(toMs, intervalMs))
                {
                    continue;
                }

                foreach (var channel in segment.Device.Channels)
                {
                    var row = Row(day, segment, channel);
                    row.Expected += Math.Max(0, end - first);
                    row.IntervalMs = intervalMs;
                }
            }
        }
    }

    private void Occupy()
    {
        var ordered = stretch.Marks.OrderBy(mark => mark.TimeMs).ThenBy(mark => mark.Epoch, StringComparer.Ordinal)
            .ThenBy(mark => mark.Number);
        foreach (var mark in ordered)
        {
            effort.Spend(segmentsOf[mark.Shape.Device].Count());

            // Of a segment that begins in the middle of a slot of the one before, the later holds.
            var segment = segmentsOf[mark.Shape.Device].LastOrDefault(
                segment => segment.FromMs <= Math.Max(mark.TimeMs, SlotStartOf(mark.Epoch, mark.TimeMs, segment.Device.IntervalMs)));
            var startMs = segment is null ? mark.TimeMs : SlotStartOf(mark.Epoch, mark.TimeMs, segment.Device.IntervalMs);
            if (segment is null || startMs < segment.FromMs || startMs >= segment.ToMs)
            {
                CountExtra(mark, mark.TimeMs);
                continue;
            }

            var track = tracksOf.GetValueOrDefault(mark.Shape.Device)?.Find(track => ReferenceEquals(track.Segment, segment));
            var index = track?.IndexAt(startMs) ?? -1;
            if (track is null || index < 0 || index >= track.Count)
            {
                continue;
            }

            if (track.TryOccupy((int)index, mark, !(stretch.Lives.Of(mark.Epoch)?.IsFirst(mark.TimeMs, track.IntervalMs) ?? false)))
            {
                CountOccupied(track, (int)index, mark);
            }
            else
            {
                CountExtra(mark, startMs);
            }
        }
    }

    private long SlotStartOf(string epoch, long timeMs, long intervalMs) =>
        stretch.Lives.Of(epoch)?.SlotStartOf(timeMs, intervalMs) ?? Slots.Floor(timeMs, intervalMs) * intervalMs;

    private void CountOccupied(Track track, int index, RecordMark mark)
    {
        var day = stretch.Grid.DayOf(track.StartMs(index));
        var isAhead = track.StartMs(index) + track.IntervalMs > Slots.Floor(horizonMs, track.IntervalMs) * track.IntervalMs;
        // Each channel of the one is looked for among those of the other, here and when all is summed up.
        effort.Spend(3L * track.Segment.Device.Channels.Count * mark.Shape.Channels.Count);
        foreach (var channel in track.Segment.Device.Channels)
        {
            var row = Row(day, track.Segment, channel);
            var isThere = FateIn(mark, channel.Id) is not null;
            row.Expected += (isAhead, isThere) switch
            {
                (true, true) => 1,
                (false, false) => -1,
                _ => 0,
            };
            row.Late += mark.IsLate && mark.Shape.FateOf(channel.Id) is not null ? 1 : 0;
        }

        foreach (var channel in mark.Shape.Channels)
        {
            if (!track.Segment.Device.Channels.Any(known => known.Id == channel.Channel))
            {
                CountExtra(mark, channel, track.StartMs(index));
            }
        }
    }

    private void CountExtra(RecordMark mark, long timeMs)
    {
        foreach (var channel in mark.Shape.Channels)
        {
            CountExtra(mark, channel, timeMs);
        }
    }

    private void CountExtra(RecordMark mark, MarkedChannel channel, long timeMs)
    {
        var day = stretch.Grid.DayOf(timeMs);
        if (day < stretch.FirstDay || day > stretch.LastDay)
        {
            return;
        }

        var row = Row(day, new LedgerChannel(mark.Shape.Device, channel.Channel));
        if (row.Site.Length == 0)
        {
            (row.Site, row.Station, row.Measurand) = (mark.Shape.Site, mark.Shape.Station, channel.Measurand);
        }

        row.Extra++;
        row.Late += mark.IsLate ? 1 : 0;
    }

    private void Cover()
    {
        foreach (var mark in stretch.Marks.Where(mark => mark.CoveredMs > 0))
        {
            foreach (var track in tracksOf.GetValueOrDefault(mark.Shape.Device) ?? [])
            {
                var last = Math.Min(track.Count - 1, track.IndexAt(mark.TimeMs));
                var first = Math.Max(0, track.IndexAt(SlotStartOf(mark.Epoch, mark.TimeMs - mark.CoveredMs, track.IntervalMs)));
                effort.Spend(Math.Max(1, last - first));
                for (var index = first; index <= last; index++)
                {
                    if (track.IsOpen((int)index))
                    {
                        track.Settle((int)index, Fate.Thinned);
                        covered.Add((track, (int)index));
                    }
                }
            }
        }
    }

    private void PlaceGaps()
    {
        var placement = new GapPlacement(tracks, covered, effort);
        foreach (var gap in stretch.Gaps())
        {
            var left = placement.Place(gap);
            foreach (var (fate, count) in left.Present.Where(item => item.Fate.Group is FateGroup.Lost or FateGroup.Refused or FateGroup.Thinned))
            {
                var day = Math.Clamp(stretch.Grid.DayOf(gap.FromMs), stretch.FirstDay, stretch.LastDay);
                var row = Row(day, LedgerChannel.OfGateway);
                row.Counts.Add(fate, count);
                row.Expected = FateCounts.Plus(row.Expected, count);
            }
        }
    }

    private void Tally()
    {
        foreach (var track in tracks)
        {
            for (var (first, end) = (0, 0); first < track.Count; first = end)
            {
                var day = stretch.Grid.DayOf(track.StartMs(first));
                effort.Spend(track.Segment.Device.Channels.Count);
                end = (int)Math.Min(
                    track.Count, Slots.Ceiling(stretch.Grid.StartOf(day + 1), track.IntervalMs) - track.First);
                Tally(track, first, end, [.. track.Segment.Device.Channels.Select(channel => Row(day, track.Segment, channel))]);
            }
        }
    }

    // Within a day only, so that a day has one account whatever other days it is counted with.
    private void Tally(Track track, int first, int end, List<LedgerRow> today)
    {
        effort.Spend((long)(end - first) * today.Count);
        var isDead = Enumerable.Range(first, end - first).Select(track.MarkAt).FirstOrDefault(mark => mark is not null)?.Shape.IsDead ?? false;
        for (var index = first; index < end; index++)
        {
            if (track.MarkAt(index) is { } mark)
            {
                isDead = mark.Shape.IsDead;
                foreach (var row in today)
                {
                    if (FateIn(mark, row.Channel.Channel) is { } fate)
                    {
                        row.Counts.Add(fate);
                    }
                }
            }
            else if (track.StartMs(index) + track.IntervalMs <= horizonMs)
            {
                var fate = track.FateAt(index) is var known && known != Fate.None ? known
                    : stretch.Lives.WhyOff(track.LikelyMs(index)) ?? (isDead ? Fate.Spared : Fate.Busy);
                today.ForEach(row => row.Counts.Add(fate));
            }
        }
    }

    // A record of which a store refused one point has the others.
    private Fate? FateIn(RecordMark mark, string channel) => mark.Shape.FateOf(channel)
        ?? (stretch.Missing(mark.Epoch, new SequenceRange(mark.Number, mark.Number)) is [var range]
            && range.Fate.Group == FateGroup.Refused ? range.Fate : null);

    private LedgerRow Row(long day, Segment segment, DescribedChannel channel)
    {
        var row = Row(day, new LedgerChannel(segment.Device.Id, channel.Id));
        (row.Site, row.Station, row.Measurand) = (segment.Site, segment.Device.Station, channel.Measurand);
        return row;
    }

    private LedgerRow Row(long day, LedgerChannel channel)
    {
        if (!rows.TryGetValue((day, channel), out var row))
        {
            rows[(day, channel)] = row = new LedgerRow { Gateway = stretch.Gateway, Day = day, Channel = channel };
        }

        return row;
    }
}
