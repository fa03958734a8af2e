using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Observers are told each minute that it has passed, while the broker is listened to.</summary>
public sealed class WaitedTests
{
    [Fact]
    public async Task Minute_is_told_while_there_is_a_connection_and_after_its_commit_again()
    {
        var observer = new WaitingObserver();
        await using var bench = new IngestBench(beside: observer);
        await bench.Send(IngestBench.BatchOf(0, 0));
        bench.Time.Advance(TimeSpan.FromSeconds(61));
        await observer.Committed.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal([bench.Broker.ConnectedSince!.Value], observer.Since);
    }

    [Fact]
    public async Task Minute_without_a_connection_says_nothing_of_anybody()
    {
        var observer = new WaitingObserver();
        await using var bench = new IngestBench(beside: observer);
        await bench.Send(IngestBench.BatchOf(0, 0));
        bench.Broker.ConnectedSince = null;
        bench.Time.Advance(TimeSpan.FromSeconds(61));
        await bench.Send(IngestBench.BatchOf(1, 1));
        await bench.Send(IngestBench.BatchOf(2, 2));
        Assert.Empty(observer.Since);
    }

    // What a broker had kept comes at every connect, whether its gateway lives or not, and its will is the broker's.
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    public async Task Gateway_is_heard_by_a_state_that_it_says_now(bool on, bool isRetained, bool isHeard)
    {
        var observer = new WaitingObserver();
        await using var bench = new IngestBench(beside: observer);
        await bench.Broker.Send(
            new Topic("pond", "gz-07", TopicKind.State), StateCodec.Encode(new StateMessage { On = on, Inventory = [] }), isRetained: isRetained);
        Assert.Equal(isHeard ? [new GatewayName("pond", "gz-07")] : [], observer.Known);
    }

    private sealed class WaitingObserver : IIngestObserver
    {
        public List<GatewayName> Known { get; } = [];

        public void Heard(GatewayName gateway) => Known.Add(gateway);

        public TaskCompletionSource Committed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<DateTimeOffset> Since { get; } = [];

        public void Waited(SqliteTransaction transaction, DateTimeOffset listeningSince) => Since.Add(listeningSince);

        public void WaitCommitted() => Committed.TrySetResult();

        public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
        {
        }

        void IIngestObserver.Committed()
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
