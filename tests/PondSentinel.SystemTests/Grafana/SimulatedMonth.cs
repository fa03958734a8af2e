using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Grafana;

/// <summary>A month of a station in the store, written as the backend writes it. Every measurand keeps to a range of its own, so that a
/// query that reads another one is found out; a station elsewhere, and values that failed a test, lie outside of all of them.</summary>
internal static class SimulatedMonth
{
    /// <summary>Where the dashboards look.</summary>
    public const string Site = "gz";

    /// <summary>The station that they look at.</summary>
    public const string Station = "stream";

    /// <summary>How many episodes of alerts there are.</summary>
    public const int Episodes = 12;

    /// <summary>Grab samples of each measurand.</summary>
    public const int SamplesEach = 10;

    /// <summary>Calibrations of the station's probe.</summary>
    public const int Calibrations = 4;

    /// <summary>Windows of each average, and those without a value.</summary>
    public const int Windows = Days, Invalid = 5;

    /// <summary>Hours of a window that has a value, of one that has none, and that there are.</summary>
    public const int ValidHours = 21, InvalidHours = 12, WindowHours = 24;

    /// <summary>Polls due of each day, and those with a value.</summary>
    public const long Expected = 24, Complete = 21;

    private const int Days = 30;
    private const double Outside = -1000;
    private const double RangeStep = 100, RangeWidth = 50;

    /// <summary>When it begins.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When it ends.</summary>
    public static DateTimeOffset End { get; } = Start.AddDays(Days);

    /// <summary>What the store has of: all but what only the backend itself knows.</summary>
    public static IReadOnlyList<Measurand> Measurands { get; } = [.. MeasurandNames.All.Where(measurand => !measurand.IsFoundByBackend)];

    private static TimeSpan Step { get; } = TestDepth.IsDeep ? TimeSpan.FromMinutes(10) : TimeSpan.FromHours(1);

    /// <summary>The range that a measurand keeps to.</summary>
    /// <param name="measurand">The measurand.</param>
    public static (double Low, double High) RangeOf(Measurand measurand) => (((int)measurand + 1) * RangeStep, (((int)measurand + 1) * RangeStep) + RangeWidth);

    /// <summary>Writes it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteAsync(InfluxStore store, CancellationToken cancellationToken)
    {
        foreach (var measurand in Measurands)
        {
            Assert.Empty(await store.WriteAsync([.. PointsOf(measurand)], cancellationToken));
        }

        // A window that has lost its value keeps it in the store, which merges fields: whoever does not ask by the state finds it.
        Assert.Empty(await store.WriteAveragesAsync([.. Averages(isFinal: false)], cancellationToken));
        Assert.Empty(await store.WriteAveragesAsync([.. Averages(isFinal: true)], cancellationToken));
        Assert.Empty(await store.WriteDaysAsync([.. Ledger()], cancellationToken));
        Assert.Empty(await store.WriteEpisodesAsync([.. Enumerable.Range(0, Episodes).Select(EpisodeOf)], cancellationToken));
        Assert.Empty(await store.WriteCalibrationsAsync([.. Enumerable.Range(0, Calibrations).Select(CalibrationOf)], cancellationToken));
        Assert.Empty(await store.WriteSamplesAsync([.. Measurands.SelectMany(SamplesOf)], cancellationToken));
    }

    private static IEnumerable<Point> PointsOf(Measurand measurand)
    {
        var steps = (int)((End - Start) / Step);
        var (low, high) = RangeOf(measurand);
        for (var i = 0; i < steps; i++)
        {
            // Rising, as a counter does, with a wave as of a day on it.
            var value = low + ((high - low) * ((0.5 * i / steps) + (0.25 * (1 + Math.Sin(i * Step / TimeSpan.FromDays(1) * Math.Tau)))));
            var isFailed = i % 24 == 23;
            yield return PointOf(
                measurand, Site, Station, i, isFailed ? Outside : value,
                isFailed ? QualityFlag.Fail : (i % 3) switch { 0 => QualityFlag.Good, 1 => QualityFlag.NotEvaluated, _ => QualityFlag.Suspect },
                isFailed ? Why.Maintenance : Why.None);
            if (i % 24 == 0)
            {
                yield return PointOf(measurand, "elsewhere", "other", i, Outside, QualityFlag.Good, Why.None);
            }
        }
    }

    private static Point PointOf(Measurand measurand, string site, string station, int i, double value, QualityFlag flag, Why why) => new()
    {
        Measurand = measurand,
        Site = site,
        Station = station,
        Gateway = "gz-07",
        Device = "probe",
        Channel = "value",
        TimeNs = Point.KeyNs((Start + (i * Step)).ToUnixTimeMilliseconds(), i),
        Epoch = "7q2mzk4a",
        Sequence = i,
        Clock = ClockSource.Ntp,
        Value = new ChannelValue { Channel = "value", Measurand = measurand, Value = value, Flag = flag, Why = why },
    };

    private static IEnumerable<DayPoint> Ledger() => Enumerable.Range(0, Days).Select(day => new DayPoint
    {
        Site = Site,
        Station = Station,
        Gateway = "gz-07",
        Device = "probe",
        Channel = "value",
        StartMs = Start.AddDays(day).ToUnixTimeMilliseconds(),
        Fields = [.. LedgerFields.Of(null).Select(field => new DayField(field.Name, field.Name switch { "expected" => Expected, "complete" => Complete, _ => 1 }))],
    });

    private static IEnumerable<AveragePoint> Averages(bool isFinal) =>
        from measurand in Measurands
        from day in Enumerable.Range(0, Windows)
        let isInvalid = day % 6 == 4
        let value = isInvalid ? isFinal ? null : Outside : (double?)RangeOf(measurand).Low + day
        select new AveragePoint
        {
            Of = new SeriesKey(measurand, Site, Station, "gz-07", "probe", "value"),
            Average = "day",
            EndMs = Start.AddDays(day).AddHours(16).ToUnixTimeMilliseconds(),
            Value = value,
            Mean = value,
            Hours = isInvalid ? InvalidHours : ValidHours,
            Needed = 20,
            Length = WindowHours,
            IsExtrapolated = day == 7,
        };

    private static EpisodePoint EpisodeOf(int number)
    {
        var raised = Start.AddDays(2 * number).AddHours(3);
        return new EpisodePoint
        {
            Of = new SeriesKey(Measurand.AmmoniumNitrogen, Site, Station, "gz-07", "probe", "value"),
            Rule = $"rule-{number % 3}",
            TimeNs = Point.KeyNs(raised.ToUnixTimeMilliseconds(), number),
            Id = $"episode-{number}",
            Standing = number == Episodes - 1 ? "firing" : "over",
            Severity = "high",
            SinceMs = raised.ToUnixTimeMilliseconds(),
            RaisedMs = raised.ToUnixTimeMilliseconds(),
            ClearedMs = number == Episodes - 1 ? 0 : raised.AddHours(5).ToUnixTimeMilliseconds(),
            Peak = 17,
            Notices = 2,
            Summary = "Ammonium was above its limit",
        };
    }

    private static CalibrationPoint CalibrationOf(int number) => new()
    {
        Of = new SeriesKey(Measurand.Ph, Site, Station, "gz-07", "probe", "value"),
        TimeNs = Point.KeyNs(Start.AddDays(7 * number).AddHours(10).ToUnixTimeMilliseconds(), 0),
        Id = $"ph-{number}",
        IsAccepted = number != 2,
        Text = "pH calibrated by Li",
    };

    private static IEnumerable<SamplePoint> SamplesOf(Measurand measurand) => Enumerable.Range(0, SamplesEach).Select(number => new SamplePoint
    {
        Beside = new SeriesKey(measurand, Site, Station, "gz-07", "probe", "value"),
        Method = "",
        TimeNs = Point.KeyNs(Start.AddDays(3 * number).AddHours(9).ToUnixTimeMilliseconds(), number),
        Value = RangeOf(measurand).Low,
        Who = "Wang Fang",
        Laboratory = "",
        Note = "",
        Epoch = "7q2mzk4a",
        Sequence = number,
    });
}
