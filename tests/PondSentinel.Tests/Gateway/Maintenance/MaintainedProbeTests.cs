using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Tests.Gateway.Acquisition;

namespace PondSentinel.Tests.Gateway.Maintenance;

/// <summary>From the probe to the buffer, while somebody works at it.</summary>
public sealed class MaintainedProbeTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly MaintenanceBench bench = new();

    /// <summary>The probe comes out of a buffer solution: the next value is not held against that one, nor that one against the
    /// water.</summary>
    [Fact]
    public async Task Values_are_kept_and_marked_and_the_next_one_begins_anew()
    {
        var tests = new ChannelTests
        {
            Spike = new() { Suspect = new Threshold(1) },
            RateOfChange = new() { Suspect = new Threshold(1), Per = Interval },
        };

        await RunAsync(tests, [7, 4, 4, 9, 9], number =>
        {
            if (number == 2)
            {
                bench.Begin(MaintenanceBench.Pond, TimeSpan.FromHours(1));
            }
            else if (number == 4)
            {
                bench.Book.End(MaintenanceBench.Pond, "Li Na", 1001);
            }
        });

        // It ended while the fourth was taken.
        Assert.Equal(
            [
                (7, QualityFlag.Good, Why.None),
                (4, QualityFlag.Fail, Why.Maintenance),
                (4, QualityFlag.Fail, Why.Maintenance),
                (9, QualityFlag.Fail, Why.Maintenance),
                (9, QualityFlag.Good, Why.None),
            ],
            bench.Log.Records.Select(record => (record.Channels[0].Value, record.Channels[0].Flag, record.Channels[0].Why)));
        Assert.All(bench.Log.Records, record => Assert.Null(record.Revises));
    }

    private async Task RunAsync(ChannelTests tests, double[] values, Action<int> atPoll)
    {
        var sensor = new ScriptedSensor(bench.Clocks, TimeSpan.FromMilliseconds(100), number =>
        {
            atPoll(number);
            return ScriptedSensor.Ph(values[Math.Min(number, values.Length) - 1]);
        });
        var device = ScriptedSensor.Device("probe", Interval, sensor);
        device = device with
        {
            Channels = [.. device.Channels.Select(channel => channel with { Options = channel.Options with { Tests = tests } })],
        };

        // Without a synchronisation context all continuations run inside the clock's own step.
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var sink = new RecordSink(bench.Log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker([device], sink, bench.Clock, bench.Clocks, NullLogger.Instance, device => bench.Book.Covers(device) ? Why.Maintenance : Why.None).RunAsync(stop.Token);
        bench.Clocks.Run((Interval * (values.Length - 1)) + TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        await stop.CancelAsync();
        await running;
    }
}
