using System.Text.Json;
using Microsoft.Data.Sqlite;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.SystemTests.Buffering;
using PondSentinel.SystemTests.Links;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Storage;

/// <summary>A store that fails in every way a server can, one after the other, under one and the same fleet. All the while it
/// refuses the values of one device for good.</summary>
/// <param name="shared">The fleet.</param>
public sealed class StoreFaultTests(StoreFaultTests.Shared shared) : IClassFixture<StoreFaultTests.Shared>, IAsyncDisposable
{
    private const string Refused = "downstream-turbidity";
    private const string RefusedChannel = "turbidity";

    /// <summary>Some messages' worth, of those that hold a second each.</summary>
    private const int SomeRecords = 40;

    private Fleet Fleet => shared.Fleet;

    private GatewaySite Site => Fleet.Site;

    [Fact]
    public async Task Values_that_the_store_refuses_are_kept_apart_with_their_cause_and_hold_up_no_others()
    {
        await Fleet.FlowsAsync(Site);
        Assert.NotEmpty(Due());
        await AccountsAgreeAsync();
    }

    [Fact]
    public Task Answers_of_500_lose_and_double_nothing() => EndureAsync(() => Fleet.StoreLink.AnswerAsync(500), "HTTP 500");

    [Fact]
    public Task Answers_that_are_lost_after_the_store_has_written_double_nothing() => EndureAsync(Fleet.StoreLink.DeafenAsync);

    [Fact]
    public async Task Slow_store_loses_nothing_and_values_still_arrive_meanwhile()
    {
        await Fleet.FlowsAsync(Site);
        await Fleet.StoreLink.SlowAsync(TimeSpan.FromMilliseconds(800), bytesPerSecond: 2000);
        await Fleet.FlowsAsync(Site);
        await AccountsAgreeAsync();
        await Fleet.StoreLink.HealAsync();
    }

    [Fact]
    public async Task Store_that_never_answers_holds_up_neither_events_nor_questions_for_the_time()
    {
        await Fleet.FlowsAsync(Site);
        await Fleet.StoreLink.HoldAsync();
        await Site.GathersAsync(SomeRecords, Fleet.Patience);
        var stored = await StoredValue.CountAsync(Fleet.Influx, Site.Name, 0);
        var events = Events();

        // A start is told as an event.
        await Site.KillAsync();
        Site.Start();
        await Eventually.HoldsAsync(() => Events() > events, Fleet.Patience, () => $"No event comes.\n{Fleet.Backend.Tail}");
        await TimeIsToldAsync();
        Assert.Equal(stored, await StoredValue.CountAsync(Fleet.Influx, Site.Name, 0));
        await Fleet.StoreLink.HealAsync();
        await Fleet.FlowsAsync(Site);
        await AccountsAgreeAsync();
    }

    public ValueTask DisposeAsync() => shared.AfterTestAsync();

    private List<WitnessedRecord> Due() =>
        [.. Site.Witnessed().Where(record => record.Device == Refused && record.Values[RefusedChannel] is not null)];

    // What is refused is not in the store, but among the dead letters, once, with its cause and its number.
    private async Task AccountsAgreeAsync()
    {
        var due = Due();
        ILookup<(string, long), Letter> letters = null!;
        await Eventually.HoldsAsync(
            () =>
            {
                letters = Letters().ToLookup(letter => (letter.Epoch, letter.Sequence));
                return due.TrueForAll(record => letters.Contains((record.Epoch, record.Sequence)));
            },
            Fleet.Patience,
            () => $"Some refused values are not kept.\n{Fleet.Backend.Tail}");
        Assert.All(due, record =>
        {
            var letter = Assert.Single(letters[(record.Epoch, record.Sequence)]);
            Assert.Equal(("type", $"{Refused}.{RefusedChannel}"), (letter.Cause, letter.Channel));
            Assert.Equal(record.Values[RefusedChannel], letter.Value);
        });
        var stored = await Fleet.AccountsAgreeAsync(Refused);
        Assert.DoesNotContain(stored, value => value.Device == Refused && value.Value is not null);
    }

    private async Task EndureAsync(Func<Task> begin, string? says = null)
    {
        await Fleet.FlowsAsync(Site);
        await begin();
        await Site.GathersAsync(SomeRecords, Fleet.Patience);
        Assert.True(says is null || Fleet.Backend.Said(says), Fleet.Backend.Tail);
        await Fleet.StoreLink.HealAsync();
        await Fleet.FlowsAsync(Site);
        await AccountsAgreeAsync();
    }

    // As a gateway without the time would ask.
    private async Task TimeIsToldAsync()
    {
        var told = new TaskCompletionSource<Ack>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancellationToken = TestContext.Current.CancellationToken;
        using var guest = new MqttClientFactory().CreateMqttClient();
        guest.ApplicationMessageReceivedAsync += message =>
        {
            told.TrySetResult(AckCodec.Decode(System.Buffers.BuffersExtensions.ToArray(message.ApplicationMessage.Payload)).Value!);
            return Task.CompletedTask;
        };
        await guest.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", Fleet.Broker.Port)
                .WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(Fleet.Guest)
                .WithCredentials(Fleet.Guest, Mosquitto.Password(Fleet.Guest))
                .Build(),
            cancellationToken);
        await guest.SubscribeAsync($"pond/v1/{SiteSettings.Site}/{Fleet.Guest}/ack", cancellationToken: cancellationToken);
        await guest.PublishAsync(
            new MqttApplicationMessageBuilder()
                .WithTopic($"pond/v1/{SiteSettings.Site}/{Fleet.Guest}/time")
                .WithPayload(TimeCodec.Encode(new TimeRequest("what-time-is-it")))
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                .Build(),
            cancellationToken);
        var answer = await told.Task.WaitAsync(Fleet.Patience, TimeProvider.System, cancellationToken);
        Assert.Equal("what-time-is-it", answer.Time?.Nonce);
    }

    private long Events()
    {
        using var state = new SqliteConnection($"Data Source={Path.Combine(Fleet.Backend.State, "state.db")};Mode=ReadOnly");
        state.Open();
        using var question = state.CreateCommand();
        question.CommandText = "SELECT count(*) FROM ingest_event";
        return (long)question.ExecuteScalar()!;
    }

    private List<Letter> Letters() =>
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Fleet.Backend.State, "dead-letters"))
           from line in WholeLines.Of(file)
           let letter = JsonElement.Parse(line)
           select new Letter(
               Text(letter, "cause"), Text(letter, "ep"), letter.GetProperty("seq").GetInt64(), $"{Text(letter, "d")}.{Text(letter, "c")}",
               letter.GetProperty("x").GetDouble()),
    ];

    private static string Text(JsonElement letter, string member) => letter.GetProperty(member).GetString()!;

    private sealed record Letter(string Cause, string Epoch, long Sequence, string Channel, double Value);

    /// <summary>The fleet.</summary>
    public sealed class Shared : SharedFleet
    {
        private protected override FleetPlan Plan => new()
        {
            BeforeBackend = RefuseAsync,

            // The backend answers questions for the time only where the kernel says that the clock is kept right.
            BackendWrapper = Strace.Injecting("adjtimex,clock_adjtime:retval=0"),
        };

        // A text where the values would go: InfluxDB fixes the type of a field by measurement and shard.
        private static async Task RefuseAsync(InfluxDb influx)
        {
            await influx.CreateAsync(SiteSettings.Database);
            await influx.WriteAsync(SiteSettings.Database, "turbidity_ntu,channel=turbidity value=\"text\",qc=1i,seq=0i");
        }
    }
}
