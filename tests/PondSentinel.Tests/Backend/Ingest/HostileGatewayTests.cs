using System.Text;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Messages that keep the contract and yet would harm a backend that believes too much.</summary>
public sealed class HostileGatewayTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loss_of_a_cause_of_tomorrow_is_settled_and_counted_as_other()
    {
        await using var bench = new IngestBench();
        var text = Encoding.UTF8.GetString(BatchCodec.Encode(
            IngestBench.BatchOf(0, 3, [new GoneRange(new SequenceRange(2, 3), LossCause.Full)]), compress: false));
        await bench.Broker.Send(
            IngestBench.Live, Encoding.UTF8.GetBytes(text.Replace("\"full\"", "\"of-tomorrow\"", StringComparison.Ordinal)))
            .WaitAsync(TimeSpan.FromSeconds(20), Cancelled);

        Assert.Equal(3, (await bench.ReceiptAsync()).UpTo);
        Assert.Equal((2L, 2L), (bench.Tally.Stored, bench.Tally.Lost["other"]));
    }

    [Fact]
    public async Task Sites_that_a_gateway_makes_up_make_room_for_each_other()
    {
        await using var bench = new IngestBench();
        var state = StateCodec.Encode(new StateMessage { On = true, Inventory = [] });
        for (var site = 0; site < 40; site++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await bench.Broker.Send(new Topic($"site-{site}", IngestBench.Gateway, TopicKind.State), state);
        }

        await bench.Broker.Send(new Topic("pond", "other", TopicKind.State), state);
        await using var connection = bench.Database.Connect();
        Assert.Equal(
            ["other pond", "gz-07 site-36", "gz-07 site-37", "gz-07 site-38", "gz-07 site-39"],
            LatestMessages.Read(connection).OrderBy(message => message.AtMs).ThenBy(message => message.Gateway.Gateway)
                .Select(message => $"{message.Gateway.Gateway} {message.Gateway.Site}")
                .OrderByDescending(name => name.StartsWith("other", StringComparison.Ordinal)).ToList());
    }

    [Fact]
    public async Task Numbers_that_a_gateway_makes_up_leave_the_tallies_of_all_readable()
    {
        await using var bench = new IngestBench();
        for (var round = 0; round < 6; round++)
        {
            await bench.SendState([.. Enumerable.Range(0, 256).Select(step => new HeldEpoch(
                EpochOf((round * 256) + step), SequenceRange.SequenceMax, SequenceRange.SequenceMax))]);
        }

        // The first inventory says of nothing that it is lost; the sum of the others passes 64 bits and saturates.
        Assert.Equal((0L, long.MaxValue), (bench.Tally.Stored, bench.Tally.Lost["card"]));
    }

    [Fact]
    public async Task Inventory_as_long_as_the_contract_allows_is_answered()
    {
        await using var bench = new IngestBench();
        await bench.SendState([.. Enumerable.Range(0, 4096).Select(step => new HeldEpoch(EpochOf(step), 0, 999_999))]);
        Assert.Equal(EpochOf(4096 - 256), (await bench.ReceiptAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancelled)).Epoch);
    }

    [Fact]
    public async Task Refused_neighbours_are_one_refusal_in_a_receipt()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = point => point.Sequence is not 500 ? "range" : null;
        await bench.Send(IngestBench.BatchOf(0, 999));
        Assert.Equal(
            [new RejectedRange(new SequenceRange(0, 499), "range"), new RejectedRange(new SequenceRange(501, 999), "range")],
            (await bench.ReceiptAsync()).Rejected);
    }

    [Fact]
    public async Task Events_that_never_come_do_not_shut_out_new_epochs()
    {
        await using var bench = new IngestBench(quotas: new Quotas { Epochs = 2 });
        for (var epoch = 0; epoch < 3; epoch++)
        {
            await bench.Broker.Send(
                new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event), IngestWorkerTests.Event(1, EpochOf(epoch)));
        }

        await bench.Send(IngestBench.BatchOf(0, 0));
        Assert.Empty(bench.Tally.Refused);
        Assert.Equal(1L, bench.Tally.Stored);
    }

    private static string EpochOf(int number) => string.Concat(
        Enumerable.Range(0, Names.EpochLength).Select(place => (char)('a' + ((number >> (4 * place)) & 15))));
}
