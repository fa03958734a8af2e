using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>From the probe to the wire: what the tests make of a device's records.</summary>
public sealed class QualityTrailTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Spike_is_sent_as_it_came_and_revised_when_the_next_sample_tells()
    {
        await RunAsync(new ChannelTests { Spike = new() { Suspect = new Threshold(1) } }, [7, 9, 7, 7]);

        Assert.Equal([7, 9, 9, 7, 7], log.Records.Select(record => record.Channels[0].Value));
        Assert.Equal([null, null, new RecordId("abcdefgh", 1), null, null], log.Records.Select(record => record.Revises));
        var (told, revised) = (log.Appended[1].Record, log.Appended[2]);
        Assert.Equal((QualityFlag.Good, Why.None), (told.Channels[0].Flag, told.Channels[0].Why));
        Assert.Equal((QualityFlag.Suspect, Why.Spike), (revised.Record.Channels[0].Flag, revised.Record.Channels[0].Why));
        Assert.Equal(told.Clock, revised.Record.Clock);
        Assert.True(revised.Urgent);
    }

    [Fact]
    public async Task Revision_reaches_the_wire_under_a_number_of_its_own_and_the_time_of_its_record()
    {
        await RunAsync(new ChannelTests { Spike = new() { Suspect = new Threshold(1) } }, [7, 9, 7]);
        var run = new RecordRun(
            "zudong", "abcdefgh", new SequenceRange(0, 3),
            [.. log.Records.Select((record, n) => new StoredRecord(n, record.Clock.WallMs, new ClockStamp(ClockSource.Ntp, 5), record, CoveredMs: null))], []);

        var payload = RunBatch.Make(run, "gz-07", Batch.SentBytesMax).Payload;

        var batch = BatchCodec.Decode(payload!).Batch!;
        Assert.Equal(new RecordId("abcdefgh", 1), batch.Records[2].Revises);
        Assert.Equal(batch.Records[1].TimeMs, batch.Records[2].TimeMs);
        Assert.Equal(QualityFlag.Suspect, batch.Records[2].Channels[0].Flag);
    }

    [Fact]
    public async Task Failed_poll_keeps_its_place_and_its_reason()
    {
        await RunAsync(
            new ChannelTests { Spike = new() { Suspect = new Threshold(1) }, RateOfChange = new() { Suspect = new Threshold(1), Per = Interval } },
            [7, null, 9, 7]);

        Assert.Equal(
            [(QualityFlag.Good, Why.None), (QualityFlag.Missing, Why.Refused), (QualityFlag.Good, Why.None), (QualityFlag.Suspect, Why.Rate)],
            log.Records.Select(record => (record.Channels[0].Flag, record.Channels[0].Why)));
    }

    /// <summary>A clock that is set between two polls changes nothing of how fast the water is.</summary>
    [Fact]
    public async Task Rate_is_taken_from_the_clock_that_nobody_sets()
    {
        await RunAsync(
            new ChannelTests { RateOfChange = new() { Suspect = new Threshold(1), Per = Interval }, TimeGap = new() },
            [7, 7.5, 8, 8.5],
            () => clocks.SetWall(TimeSpan.FromDays(-40)));

        Assert.All(log.Records, record => Assert.Equal(QualityFlag.Good, record.Channels[0].Flag));
    }

    /// <summary>Seven is unusual in July: that it is July somebody has to vouch for.</summary>
    [Theory]
    [InlineData(ClockPolicy.System, QualityFlag.Suspect, Why.OutOfBounds)]
    [InlineData(ClockPolicy.Auto, QualityFlag.Good, Why.None)]
    public async Task Season_is_told_by_a_clock_that_somebody_vouches_for(ClockPolicy source, QualityFlag flag, Why why)
    {
        var july = new ClimatologyMember { Period = ClimatologyPeriod.Month, Times = new Band(7, 7), Suspect = new Band(8, 9) };

        await RunAsync(new ChannelTests { Climatology = [july] }, [7, 7], source: source);

        Assert.All(log.Records, record => Assert.Equal((flag, why), (record.Channels[0].Flag, record.Channels[0].Why)));
    }

    [Fact]
    public async Task Without_tests_records_are_as_they_were()
    {
        await RunAsync(ChannelTests.None, [7, 9, 7]);

        Assert.All(log.Records, record => Assert.Null(record.Revises));
        Assert.Equal(3, log.Appended.Count);
    }

    private async Task RunAsync(
        ChannelTests tests, double?[] values, Action? afterFirst = null, ClockPolicy source = ClockPolicy.System)
    {
        var sensor = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), number =>
        {
            if (number == 2)
            {
                afterFirst?.Invoke();
            }

            return values[Math.Min(number, values.Length) - 1] is { } value ? ScriptedSensor.Ph(value) : new Reading.Failed(SensorFault.Refused, "no data");
        });
        var device = ScriptedSensor.Device("probe", Interval, sensor);
        device = device with
        {
            Channels = [.. device.Channels.Select(channel => channel with { Options = channel.Options with { Tests = tests } })],
        };

        // Without a synchronisation context all continuations run inside the clock's own step.
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = source });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker([device], sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token);
        clocks.Run((Interval * (values.Length - 1)) + TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        await stop.CancelAsync();
        await running;
    }
}
