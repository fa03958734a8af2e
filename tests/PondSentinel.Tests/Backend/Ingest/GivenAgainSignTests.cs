using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>What people give in once more is stored and shown, and says nothing of whether its gateway is there.</summary>
public sealed class GivenAgainSignTests : IAsyncLifetime
{
    private static readonly GatewayName Name = new(IngestBench.Site, IngestBench.Gateway);
    private static readonly Topic Events = new(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);

    private readonly FakeTimeProvider time = new(IngestBench.Start.AddDays(7));
    private readonly LiveView live;
    private readonly IngestBench bench;

    public GivenAgainSignTests()
    {
        var folder = Directory.CreateTempSubdirectory("pond-sign-").FullName;
        live = new LiveView(time);
        using (var connection = new StateDatabase(Path.Combine(folder, "state.db"), time).Connect())
        {
            live.Open(connection);
        }

        bench = new IngestBench(folder, time: time, beside: live);
    }

    private LiveGateway? Gateway => live.Gateways.SingleOrDefault();

    private GatewayStanding? Standing => Gateway?.StandingAt(time.GetUtcNow().ToUnixTimeMilliseconds());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Batch_of_a_gateway_that_never_connected_shows_its_values_and_a_gateway_that_is_away()
    {
        await GiveAsync(IngestBench.Live, BatchCodec.Encode(IngestBench.BatchOf(0, 2)));

        Assert.Equal(3, bench.Store.Snapshot().Count);
        Assert.Equal(1, live.Values.Single().Value);
        Assert.Equal((GatewayStanding.Offline, IngestBench.Record(2).TimeMs), (Standing, Gateway!.HeardMs));
        Assert.Empty(bench.Observer.Signs);

        await bench.Send(IngestBench.BatchOf(3, 3));
        Assert.Equal(GatewayStanding.On, Standing);
        Assert.Equal([Name], bench.Observer.Signs);
    }

    [Fact]
    public async Task Event_is_kept_and_its_gateway_is_not_there_until_it_sends_one_itself()
    {
        await GiveAsync(Events, Event(0));
        Assert.Equal([$"event {IngestBench.Epoch} 0"], bench.Observer.Messages);
        Assert.Null(Gateway);
        Assert.Empty(bench.Observer.Signs);

        await bench.Broker.Send(Events, Event(1));
        Assert.Equal(GatewayStanding.On, Standing);
        Assert.Equal([Name], bench.Observer.Signs);
    }

    // A broker would have had to keep it for ever.
    [Fact]
    public async Task Batch_that_a_broker_had_kept_and_one_that_is_known_are_no_signs()
    {
        await bench.Broker.Send(IngestBench.Live, BatchCodec.Encode(IngestBench.BatchOf(0, 0)), isRetained: true);
        await bench.Send(IngestBench.BatchOf(0, 0));
        Assert.Empty(bench.Observer.Signs);
        Assert.Equal(GatewayStanding.Offline, Standing);
    }

    [Fact]
    public async Task Dead_letters_that_the_store_takes_now_are_no_sign()
    {
        bench.Store.Refuse = _ => "type";
        await bench.Send(IngestBench.BatchOf(0, 0));
        Assert.Equal(GatewayStanding.On, Standing);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(GatewayStanding.Offline, Standing);

        bench.Store.Refuse = _ => null;
        Assert.Equal(0, DeadLettersCommand.Resubmit(bench.Folder, [], true, time, TextWriter.Null, TextWriter.Null));
        await PassAsync(() => new LetterFolder(bench.Folder).Waiting.Count == 0);

        Assert.Single(bench.Store.Snapshot());
        Assert.Equal(GatewayStanding.Offline, Standing);
        Assert.Equal([Name], bench.Observer.Signs);
    }

    private async Task GiveAsync(Topic topic, byte[] payload)
    {
        var folder = new RefusedFolder(bench.Folder);
        new BatchArchive(Path.Combine(bench.Folder, RefusedMessages.Folder), time).Append([(topic.ToString(), payload)]);
        folder.HandOver(Assert.Single(folder.Days), time.GetUtcNow());
        await PassAsync(() => folder.Waiting.Count == 0);
    }

    private async Task PassAsync(Func<bool> until)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!until())
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
        }
    }

    private static byte[] Event(long number) => EventCodec.Encode(new EventMessage
    {
        Gateway = IngestBench.Gateway, Epoch = IngestBench.Epoch, Number = number, TimeMs = IngestBench.Start.ToUnixTimeMilliseconds(),
        Clock = new ClockStamp(ClockSource.Ntp, 12), Device = "probe", Type = "note", Body = JsonElement.Parse("{}"),
    });
}
