using PondSentinel.Air;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Makes few records of many of one epoch: each channel keeps its mean, lowest, highest and how many values they
/// come from; a direction the mean of its vectors, a total its newest. Pure.</summary>
/// <remarks>A window is what one device sent one after the other: at most <see cref="RecordsMax"/> records within
/// <see cref="CoveredMax"/> by the boot clock, of one site, description and station, one life of the machine and one kind of
/// clock, and for each channel one measurand and calibration. A window never mixes values of a maintenance or calibration
/// with others: its lowest and highest would speak of the solution in the cup and not of the pond.</remarks>
internal static class Thinner
{
    /// <summary>Most records that one stands for.</summary>
    public const int RecordsMax = 10;

    private const Why Attended = Why.Maintenance | Why.Calibrating;

    /// <summary>Longest time that one record stands for: 1 h.</summary>
    public static TimeSpan CoveredMax { get; } = TimeSpan.FromHours(1);

    /// <summary>Thins records.</summary>
    /// <param name="records">The records by rising number.</param>
    /// <returns>What stands for them, by rising number: every number is one of these or replaced by exactly one.</returns>
    public static IReadOnlyList<ThinnedRecord> Thin(IEnumerable<(long Number, BufferedRecord Record)> records)
    {
        Dictionary<(string Station, string Device), Window> open = [];
        List<ThinnedRecord> thinned = [];
        foreach (var (number, record) in records)
        {
            var device = (record.Station, record.Device);
            if (record.Revises is { } revised)
            {
                // What it revises may be out already, or in a window that is closed: then it stays what it is.
                if (!(open.TryGetValue(device, out var revising) && revising.TryRevise(number, record, revised.Sequence)))
                {
                    thinned.Add(new ThinnedRecord(number, record, CoveredMs: null, []));
                }

                continue;
            }

            if (open.TryGetValue(device, out var window) && window.TryAdd(number, record))
            {
                continue;
            }

            if (window is not null)
            {
                thinned.Add(window.Close());
            }

            open[device] = new Window(number, record);
        }

        thinned.AddRange(open.Values.Select(window => window.Close()));
        thinned.Sort((left, right) => left.Number.CompareTo(right.Number));
        return thinned;
    }

    // What the wire would not take is left alone: it goes out, or does not, as it is.
    private static bool IsWhole(BufferedRecord record) => record.Channels.All(channel =>
        (channel.Value is null) == (channel.Flag == QualityFlag.Missing)
        && double.IsFinite(channel.Value ?? 0)
        && double.IsFinite(channel.Raw ?? 0)
        && channel.Count is null);

    private static ChannelValue Summary(List<ChannelValue> column)
    {
        var taking = column.FindAll(value => value.Value is not null && value.Flag != QualityFlag.Fail);
        var beyond = column.FindAll(IsBeyond);
        if (taking.Count == 0)
        {
            taking = beyond;
        }

        if (taking.Count == 0)
        {
            taking = column.FindAll(value => value.Value is not null);
        }

        var whys = (taking.Count == 0 ? column : taking).Aggregate(Why.None, (sum, value) => sum | value.Why);
        if (taking.Count == 0)
        {
            return column[^1] with { Why = whys, Raw = null, Count = 0 };
        }

        var values = taking.ConvertAll(value => value.Value!.Value);
        return column[^1] with
        {
            Value = One(column[^1].Measurand, values),
            Low = Math.Min(values.Min(), beyond.Min(value => value.Value) ?? values[0]),
            High = Math.Max(values.Max(), beyond.Max(value => value.Value) ?? values[0]),
            Count = values.Count,

            // What was beyond the probe is no number for the mean, and yet the worst of them: a limit has to see it.
            Flag = beyond.Count > 0 && taking.TrueForAll(value => value.Flag != QualityFlag.Fail) ? QualityFlag.Suspect : taking.Max(value => value.Flag),
            Why = beyond.Aggregate(whys, (sum, value) => sum | value.Why),

            // What a straight calibration makes of the mean raw is the mean of what it made of each; a later, better
            // calibration can still be applied to it. Not so of a direction.
            Raw = !column[^1].Measurand.IsDirection && taking.TrueForAll(value => value.Raw is not null)
                ? One(column[^1].Measurand, taking.ConvertAll(value => value.Raw!.Value))
                : null,
        };
    }

    private static double One(Measurand measurand, List<double> values) =>
        measurand.IsTotal ? values[^1]
        : measurand.IsDirection ? WindMean.DirectionOf(values)
        : Mean(values);

    private static bool IsBeyond(ChannelValue value) =>
        BeyondRange.Judged(new AlertSample(default, value.Value, value.Flag, value.Why), value.Measurand).IsBound;

    // No sum that could overflow; and rounding takes no mean out of its bounds.
    private static double Mean(List<double> values) =>
        Math.Clamp(values.Sum(value => value / values.Count), values.Min(), values.Max());

    private sealed class Window
    {
        private readonly List<long> numbers = [];
        private readonly List<(long Number, BufferedRecord Record)> records = [];
        private readonly Dictionary<string, ChannelValue> first = new(StringComparer.Ordinal);

        public Window(long number, BufferedRecord record) => Add(number, record);

        public bool TryAdd(long number, BufferedRecord record)
        {
            if (!Takes(number, record))
            {
                return false;
            }

            Add(number, record);
            return true;
        }

        // A revision says all that its record says, better: it takes its place and costs its number.
        public bool TryRevise(long number, BufferedRecord record, long revised)
        {
            var place = records.FindIndex(each => each.Number == revised);
            if (place < 0
                || numbers.Count == RecordsMax
                || number < numbers[^1]
                || record.Clock.BootTime != records[place].Record.Clock.BootTime
                || !Takes(record))
            {
                return false;
            }

            numbers.Add(number);
            records[place] = (number, record);
            return true;
        }

        public ThinnedRecord Close()
        {
            if (numbers.Count == 1)
            {
                return new ThinnedRecord(numbers[0], records[0].Record, CoveredMs: null, []);
            }

            List<string> order = [];
            Dictionary<string, List<ChannelValue>> columns = new(StringComparer.Ordinal);
            foreach (var value in records.SelectMany(each => each.Record.Channels))
            {
                if (!columns.TryGetValue(value.Channel, out var column))
                {
                    columns.Add(value.Channel, column = []);
                    order.Add(value.Channel);
                }

                column.Add(value);
            }

            var last = records[^1].Record;
            var covered = last.Clock.BootTime - records[0].Record.Clock.BootTime;
            var record = last with { Channels = [.. order.Select(channel => Summary(columns[channel]))], Revises = null };
            return new ThinnedRecord(numbers[^1], record, (long)covered.TotalMilliseconds, numbers[..^1]);
        }

        private bool Takes(long number, BufferedRecord record) =>
            numbers.Count < RecordsMax
            && number > numbers[^1]
            && record.Clock.BootTime >= records[^1].Record.Clock.BootTime
            && Takes(record);

        private bool Takes(BufferedRecord record)
        {
            var begin = records[0].Record;
            return string.Equals(begin.Site, record.Site, StringComparison.Ordinal)
                && string.Equals(begin.Schema, record.Schema, StringComparison.Ordinal)
                && begin.Clock.Boot == record.Clock.Boot
                && begin.Clock.Trust?.Source == record.Clock.Trust?.Source
                && record.Clock.BootTime - begin.Clock.BootTime <= CoveredMax
                && IsWhole(begin)
                && IsWhole(record)
                && record.Channels.All(Takes);
        }

        private bool Takes(ChannelValue value) =>
            !first.TryGetValue(value.Channel, out var begin)
            || (begin.Measurand == value.Measurand
                && string.Equals(begin.Calibration, value.Calibration, StringComparison.Ordinal)
                && (begin.Why & Attended) == (value.Why & Attended));

        private void Add(long number, BufferedRecord record)
        {
            numbers.Add(number);
            records.Add((number, record));
            foreach (var value in record.Channels)
            {
                first.TryAdd(value.Channel, value);
            }
        }
    }
}
