using Microsoft.Data.Sqlite;
using PondSentinel.Air;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Reads a series of the embedded store from end to end, and keeps of each stretch what stood out.</summary>
internal static class SeriesScan
{
    private const string Question = """
        SELECT p.time_ns, p.value, p.qc FROM series s CROSS JOIN point p ON p.series = s.id
        WHERE s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand
          AND s.station = $station AND s.site = $site AND p.time_ns >= $from AND p.time_ns < $to
        ORDER BY p.time_ns
        """;

    /// <summary>The stretches that have a point, oldest first.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="bucketMs">Length of a stretch, ms.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static IReadOnlyList<SeriesBucket> Read(
        SqliteConnection connection, SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Question;
        foreach (var (name, value) in new (string, object)[]
        {
            ("$gateway", series.Gateway), ("$device", series.Device), ("$channel", series.Channel), ("$measurand", series.Measurand.WireName),
            ("$station", series.Station), ("$site", series.Site), ("$from", fromNs), ("$to", toNs),
        })
        {
            command.Parameters.AddWithValue(name, value);
        }

        using var reader = command.ExecuteReader();
        List<SeriesBucket> buckets = [];
        Open? open = null;
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = StartOf(reader.GetInt64(0), bucketMs);
            if (open?.StartMs != start)
            {
                if (open is not null)
                {
                    buckets.Add(open.Close());
                }

                open = new Open(start, series.Measurand.IsDirection);
            }

            open.Add(reader.IsDBNull(1) ? null : reader.GetDouble(1), (QualityFlag)reader.GetInt64(2));
        }

        if (open is not null)
        {
            buckets.Add(open.Close());
        }

        return buckets;
    }

    private static long StartOf(long timeNs, long bucketMs)
    {
        var lengthNs = (Int128)bucketMs * 1_000_000;
        var into = timeNs % lengthNs;
        return (long)((timeNs - (into < 0 ? into + lengthNs : into)) / 1_000_000);
    }

    private sealed class Open(long startMs, bool isDirection)
    {
        private readonly Numbers sound = new(isDirection);
        private readonly Numbers failed = new(isDirection);
        private long count;
        private QualityFlag worst = QualityFlag.Good;

        public long StartMs => startMs;

        public void Add(double? value, QualityFlag flag)
        {
            count++;
            worst = flag > worst ? flag : worst;
            if (value is { } number)
            {
                (flag >= QualityFlag.Fail ? failed : sound).Add(number);
            }
        }

        public SeriesBucket Close()
        {
            var of = sound.Count > 0 ? sound : failed;
            return of.Count == 0
                ? new SeriesBucket(startMs, null, null, null, null, null, count, worst)
                : new SeriesBucket(startMs, of.First, of.Last, of.Min, of.Max, isDirection ? of.Direction : of.Sum / of.Count, count, worst);
        }
    }

    private sealed class Numbers(bool isDirection)
    {
        private WindMean wind;

        public long Count { get; private set; }

        public double First { get; private set; }

        public double Last { get; private set; }

        public double Min { get; private set; } = double.PositiveInfinity;

        public double Max { get; private set; } = double.NegativeInfinity;

        public double Sum { get; private set; }

        // Where they cancel each other there is no mean: the last of them.
        public double Direction => wind.UnitDirection ?? Last;

        public void Add(double number)
        {
            First = Count == 0 ? number : First;
            (Last, Min, Max) = (number, Math.Min(Min, number), Math.Max(Max, number));
            (Count, Sum) = (Count + 1, Sum + number);
            if (isDirection)
            {
                wind.Add(1, number);
            }
        }
    }
}
