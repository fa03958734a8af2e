using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Values that are ahead of the backend's clock reach those who judge by time once it has come so far, and once.</summary>
public sealed class AheadOfClockTests : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly Judge judge = new();
    private AheadOfClock gate;

    public AheadOfClockTests()
    {
        connection.Open();
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            transaction.Commit();
        }

        gate = Open();
    }

    public void Dispose() => connection.Dispose();

    [Fact]
    public void What_is_due_passes_at_once_and_what_is_ahead_when_the_clock_is_set_right()
    {
        Store(AlertBench.PointOf(1, 5), AlertBench.PointOf(60, 20), AlertBench.PointOf(61, 21));
        Assert.Equal([5.0], judge.Values);
        Wait();
        Assert.Equal([5.0], judge.Values);

        time.Advance(TimeSpan.FromHours(1));
        Wait();
        Assert.Equal([5.0, 20, 21], judge.Values);
        Wait();
        Store(AlertBench.PointOf(62, 22));
        Assert.Equal([5.0, 20, 21, 22], judge.Values);
    }

    [Fact]
    public void Kept_values_go_before_those_that_come_with_them_and_are_whole()
    {
        var kept = AlertBench.PointOf(60, 20, QualityFlag.Fail) with { CoveredMs = 7000 };
        kept = kept with { Value = kept.Value with { Why = Why.OverRange | Why.Rate, Low = 8, High = 400 } };
        Store(kept);
        time.Advance(TimeSpan.FromHours(1));
        Store(AlertBench.PointOf(61, 21));

        Assert.Equal([kept, AlertBench.PointOf(61, 21)], judge.Points);
    }

    [Fact]
    public void Transaction_that_fails_loses_none_and_a_restart_repeats_none()
    {
        Store(AlertBench.PointOf(60, 20));
        time.Advance(TimeSpan.FromHours(1));
        using (var lost = connection.BeginTransaction())
        {
            gate.Waited(lost, default);
            lost.Rollback();
        }

        Assert.Equal([20.0], judge.Values);
        judge.Points.Clear();
        Wait();
        Assert.Equal([20.0], judge.Values);
        gate = Open();
        Wait();
        Store(AlertBench.PointOf(61, 21));
        Assert.Equal([20.0, 21], judge.Values);
    }

    [Fact]
    public void Restart_while_the_clock_is_behind_forgets_none()
    {
        Store(AlertBench.PointOf(60, 20));
        gate = Open();
        time.Advance(TimeSpan.FromHours(1));
        Wait();
        Assert.Equal([20.0], judge.Values);
    }

    [Fact]
    public void Verdict_that_comes_while_it_waits_takes_its_place_and_is_no_revision_of_what_was_seen()
    {
        Store(AlertBench.PointOf(60, 20));
        Store(AlertBench.PointOf(60, 20, QualityFlag.Suspect) with { IsRevision = true });
        time.Advance(TimeSpan.FromHours(1));
        Wait();

        var seen = Assert.Single(judge.Points);
        Assert.Equal((QualityFlag.Suspect, false), (seen.Value.Flag, seen.IsRevision));
    }

    [Fact]
    public void Gateway_of_2099_fills_its_own_room_alone()
    {
        gate = Open(gatewayMax: 3, allMax: 5);
        Store([.. Enumerable.Range(0, 9).Select(i => AlertBench.PointOf(1e7 + i, i))]);
        Store([.. Enumerable.Range(0, 9).Select(i => AlertBench.PointOf(60 + i, i) with { Gateway = "other" })]);
        time.Advance(TimeSpan.FromHours(2));
        Wait();

        Assert.Equal([0.0, 1], judge.Values);
        Store(AlertBench.PointOf(121, 7));
        Assert.Equal([0.0, 1, 7], judge.Values);
    }

    [Fact]
    public void Many_are_given_a_channel_at_a_time()
    {
        foreach (var device in (string[])["a", "b", "c"])
        {
            Store([.. Enumerable.Range(0, 3000).Select(i => AlertBench.PointOf(60 + (i / 60.0), i) with { Device = device })]);
        }

        time.Advance(TimeSpan.FromHours(3));
        Wait();
        Assert.Equal(["a", "b"], judge.Points.Select(point => point.Device).Distinct());
        Assert.Equal(6000, judge.Points.Count);
        Wait();
        Assert.Equal(9000, judge.Points.Count);
        Assert.Equal(judge.Points.OrderBy(point => point.Device, StringComparer.Ordinal).ThenBy(point => point.TimeNs), judge.Points);
    }

    // Their true time is long past when the clock comes to the one they say, and others come at that.
    [Fact]
    public void Values_of_a_gateway_whose_clock_was_set_back_since_are_judged_by_nobody()
    {
        for (var minute = 0; minute < 30; minute++)
        {
            Store(Numbered(minute, 480 + minute, 1));
            Store(Numbered(minute, 300 + minute, 7) with { Gateway = "other" });
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(judge.Points);

        // The batch in which it was set holds both.
        Store(Numbered(30, 510, 1), Numbered(31, 31, 40), Numbered(32, 32, 40));
        time.Advance(TimeSpan.FromHours(10));
        Wait();
        Assert.Equal([40.0, 40, .. Enumerable.Repeat(7.0, 30)], judge.Values);
    }

    [Fact]
    public void Gateway_whose_clock_was_set_back_by_a_restart_begins_anew()
    {
        Store(Numbered(500, 480, 1));
        Store(Numbered(1, 0, 40) with { Epoch = "8aaaaaaa" });
        time.Advance(TimeSpan.FromHours(10));
        Wait();
        Assert.Equal([40.0], judge.Values);
    }

    // A power cut took both, and the backend began without a clock. What was left of the life before comes after what is new.
    [Fact]
    public void Backlog_of_an_earlier_life_drops_nothing_of_the_newer_one()
    {
        Store(Numbered(1, -120, 0));
        Store([.. Enumerable.Range(0, 4).Select(i => Numbered(i, 180 + i, 40) with { Epoch = "8aaaaaaa" })]);
        Store(Numbered(2, -2, 0), Numbered(3, -1, 0));
        time.Advance(TimeSpan.FromHours(4));
        Wait();
        Assert.Equal([0.0, 0, 0, 40, 40, 40, 40], judge.Values);
    }

    // A backlog, and the verdict on an earlier value, say nothing of a clock, nor does another channel.
    [Fact]
    public void Values_of_long_before_or_revised_drop_none()
    {
        Store(Numbered(500, 480, 1));
        Store(Numbered(501, 2, 2) with { IsRevision = true }, Numbered(502, -60, 3), Numbered(10, 1, 4));
        Store(Numbered(503, 1, 5) with { Device = "other" });
        time.Advance(TimeSpan.FromHours(10));
        Wait();
        Assert.Equal([2.0, 3, 4, 5, 1], judge.Values);
    }

    private static Point Numbered(long number, double minute, double value) => AlertBench.PointOf(minute, value) with { Sequence = number };

    private void Store(params Point[] points)
    {
        using (var transaction = connection.BeginTransaction())
        {
            // As ingest does before it tells of them.
            var tables = new IngestTables(transaction);
            foreach (var (gateway, epoch, site) in points.Select(point => (point.Gateway, point.Epoch, point.Site)).Distinct())
            {
                tables.Enter(gateway, epoch, site);
            }

            gate.Stored(transaction, points);
            transaction.Commit();
        }

        gate.Committed();
    }

    private void Wait()
    {
        using (var transaction = connection.BeginTransaction())
        {
            gate.Waited(transaction, default);
            transaction.Commit();
        }

        gate.WaitCommitted();
    }

    private AheadOfClock Open(int gatewayMax = 50_000, int allMax = 1_000_000)
    {
        var opened = new AheadOfClock([judge], time, NullLogger<AheadOfClock>.Instance, gatewayMax, allMax);
        opened.Open(connection);
        return opened;
    }

    private sealed class Judge : IIngestObserver
    {
        public List<Point> Points { get; } = [];

        public IEnumerable<double> Values => Points.Select(point => point.Value.Value!.Value);

        public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points) => Points.AddRange(points);

        public void Committed()
        {
        }

        public void State(GatewayName gateway, StateMessage state)
        {
        }

        public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
        {
        }

        public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
        {
        }

        public void Event(GatewayName gateway, EventMessage message)
        {
        }
    }
}
