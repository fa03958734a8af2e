using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The loop that counts.</summary>
public sealed class CompletenessLedgerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-ledger-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Gateway_whose_days_cannot_be_counted_holds_up_no_other()
    {
        StateDatabase database = new(Path.Combine(folder, "state.db"), TimeProvider.System);
        using CompletenessLedger ledger = new(new CompletenessOptions(), database.Connect(), TimeProvider.System, NullLogger.Instance);
        using var connection = database.Connect();
        using (var transaction = connection.BeginTransaction())
        {
            ledger.Stored(transaction, PointsOf("gz-07"));
            ledger.Stored(transaction, PointsOf("gz-08"));
            transaction.Execute("UPDATE completeness_record SET block = x'00' WHERE gateway = 'gz-07'");
            transaction.Commit();
        }

        var counted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ledger.Changed += () => counted.TrySetResult();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = ledger.RunAsync(stop.Token);
        await counted.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await running;

        Assert.Equal(["gz-08"], ledger.Summaries.Select(channel => channel.Row.Gateway));
        using var reading = connection.BeginTransaction(deferred: true);
        Assert.Equal(["gz-07"], new RowTables(reading).DirtyGateways());
    }

    private static List<Point> PointsOf(string gateway) => Points.Of(
        "pond",
        new Batch { Gateway = gateway, Epoch = "7q2mzk4a", Range = new SequenceRange(0, 0), Clock = new ClockStamp(ClockSource.Ntp, 1) },
        new DeviceRecord
        {
            Sequence = 0,
            TimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            Station = "outlet",
            Device = "pond1",
            Channels = [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good }],
        }).ToList();
}
