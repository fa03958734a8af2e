using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>The uplink against a real broker in this process, over real sockets and in real time.</summary>
public sealed class MqttNetLinkTests : IAsyncDisposable
{
    private static readonly byte[] EmptyMeta = "{}"u8.ToArray();

    private readonly int port = FreePort();
    private readonly RecordLogInMemory log = new();
    private readonly Lines journal = new();
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<(string Topic, byte[] Payload, bool Retain)> published = new();
    private readonly ConcurrentQueue<ValidatingConnectionEventArgs> greetings = new();
    private Func<string, bool> answers = _ => true;
    private IMqttClient? backend;
    private MqttServer? server;
    private MqttNetBroker? broker;
    private Task running = Task.CompletedTask;

    [Fact]
    public async Task Introduces_itself_by_its_id_keeps_its_session_and_leaves_a_will()
    {
        await StartBroker();
        Start();
        await Until(() => !greetings.IsEmpty && Topics("state").Any() && Topics("meta").Any());

        Assert.True(greetings.TryPeek(out var greeting));
        Assert.Equal(("gz-07", "gz-07", "duckweed"), (greeting.ClientId, greeting.UserName, greeting.Password));
        Assert.False(greeting.CleanSession);
        Assert.True(greeting.SessionExpiryInterval >= 3600);
        Assert.Equal(MQTTnet.Formatter.MqttProtocolVersion.V500, greeting.ProtocolVersion);
    }

    [Fact]
    public async Task Records_go_and_receipts_come()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any());
        log.Append(RecordLogInMemory.Ph(0));
        await Until(() => Topics("live").Any());
        await Receipt(0);

        await Until(() => log.Settled(RecordLogInMemory.OwnEpoch).SequenceEqual([0]));
    }

    [Fact]
    public async Task Broker_that_goes_on_reading_but_never_answers_is_left_and_the_record_goes_again()
    {
        await StartBroker();
        answers = topic => !topic.EndsWith("live", StringComparison.Ordinal);
        Start(ackDeadline: TimeSpan.FromSeconds(1));
        await Until(() => Topics("state").Any());
        log.Append(RecordLogInMemory.Ph(0));

        await Until(() => Topics("back").Any());
        Assert.Equal(Batches("live")[0].Range, Batches("back")[0].Range);
        Assert.Contains(journal.All, line => line.Contains("no answer of the broker in 1 s", StringComparison.Ordinal));
        Assert.True(greetings.Count >= 2);
    }

    [Fact]
    public async Task Broker_that_was_killed_is_found_again_with_a_new_session_and_what_it_had_goes_again()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any());
        log.Append(RecordLogInMemory.Ph(0));
        await Until(() => Topics("live").Any());
        await StopBroker();
        log.Append(RecordLogInMemory.Ph(1));

        await StartBroker();
        await Until(() => Batches("back").SelectMany(batch => batch.Records).Select(record => record.Sequence).Distinct().Count() == 2);
        Assert.Contains(journal.All, line => line.Contains("a new session", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bug_of_whoever_takes_a_message_is_not_kept_by_the_library()
    {
        await StartBroker();
        var taker = new MqttNetBroker(
            new UplinkOptions { Host = "127.0.0.1", Port = port },
            "gz-07",
            new OutgoingMessage("pond/v1/zudong/gz-07/state", "{}"u8.ToArray()),
            Judged(new TestClocks()),
            TimeProvider.System);
        var opening = await taker.OpenAsync(_ => throw new InvalidOperationException("a bug"), TestContext.Current.CancellationToken);
        await using var link = opening.Link!;
        await link.SubscribeAsync(["pond/v1/+/gz-07/ack"], TestContext.Current.CancellationToken);
        await Receipt(0);

        var bug = await Assert.ThrowsAsync<InvalidOperationException>(
            () => link.Ended.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal("a bug", bug.Message);
    }

    [Fact]
    public async Task Session_that_the_broker_kept_goes_on_and_nothing_goes_again()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any());

        // Whatever the broker has not answered goes again, and rightly. The second is sent after the answer to the first,
        // and settled so that it need not go again where its own answer comes too late.
        log.Append(RecordLogInMemory.Ph(0));
        await Until(() => Topics("live").Any());
        log.Append(RecordLogInMemory.Ph(1));
        await Until(() => Topics("live").Count() == 2);
        await Receipt(1, new SequenceRange(0, 0));
        await Until(() => log.Settled(RecordLogInMemory.OwnEpoch).SequenceEqual([1]));
        await server!.DisconnectClientAsync("gz-07", new MqttServerClientDisconnectOptions());

        // With the description the line between live and backlog has been drawn.
        await Until(() => journal.All.Any(line => line.Contains("the session goes on", StringComparison.Ordinal))
            && Topics("meta").Count() == 2);
        log.Append(RecordLogInMemory.Ph(2));
        await Until(() => Topics("live").Count() == 3);
        Assert.Empty(Topics("back"));
    }

    [Fact]
    public async Task Answer_that_nobody_has_subscribed_is_told_apart_from_taken()
    {
        await StartBroker(hasBackend: false);
        Start();
        await Until(() => Topics("state").Any());
        log.Append(RecordLogInMemory.Ph(0));

        await Until(() => Topics("back").Any());
        Assert.Contains(journal.All, line => line.Contains("nobody has subscribed; check that the backend runs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wanted_stop_leaves_the_state_off_at_the_broker_and_no_will_comes()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any());
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var last = StateCodec.Decode(Topics("state").Last()).Value!;
        Assert.Equal((false, "stop"), (last.On, last.Reason));
    }

    [Fact]
    public async Task Broker_that_refuses_the_gateway_is_named_with_its_reason()
    {
        await StartBroker(greeting => greeting.ReasonCode = MqttConnectReasonCode.NotAuthorized);
        Start();

        await Until(() => journal.All.Any(line =>
            line.Contains($"127.0.0.1:{port}: the broker refuses: not authorised (0x87); check the broker's access list", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Broker_that_is_not_there_is_named_with_its_reason()
    {
        Start();

        await Until(() => journal.All.Any(line =>
            line.Contains($"127.0.0.1:{port}: Connection refused; records are kept", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Broker_of_MQTT_3_1_1_is_spoken_to_in_it_and_receipts_settle()
    {
        await StartBroker();
        Start(options => options with { Protocol = MqttProtocol.Mqtt311 });
        await Until(() => Topics("state").Any());
        log.Append(RecordLogInMemory.Ph(0));
        await Until(() => Topics("live").Any());
        await Receipt(0);
        await Until(() => log.Settled(RecordLogInMemory.OwnEpoch).SequenceEqual([0]));

        Assert.True(greetings.TryPeek(out var greeting));
        Assert.Equal(MQTTnet.Formatter.MqttProtocolVersion.V311, greeting.ProtocolVersion);
        Assert.False(greeting.CleanSession);
        await StopBroker();
        log.Append(RecordLogInMemory.Ph(1));
        await StartBroker();
        await Until(() => Batches("back").Any(batch => batch.Range.Contains(1)));
    }

    [Theory]
    [InlineData("200200 01", "protocol version of MQTT 3.1.1 not taken (0x01); set protocol in [uplink]")]
    [InlineData("2003008400", "protocol version not supported (0x84); set protocol in [uplink]")]
    [InlineData("", "closed the connection before its greeting; look into its log, and where it is too old for MQTT 5 set protocol = \"3.1.1\"")]
    public async Task Broker_that_is_too_old_for_MQTT_5_is_told_of_with_the_setting(string greeting, string told)
    {
        using var old = new TcpListener(IPAddress.Loopback, port);
        old.Start();
        Start();
        using (var caller = await old.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await caller.GetStream().ReadAtLeastAsync(new byte[10], 10, cancellationToken: TestContext.Current.CancellationToken);
            await caller.GetStream().WriteAsync(
                Convert.FromHexString(greeting.Replace(" ", "", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        }

        await Until(() => journal.All.Any(line => line.Contains(told, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Broker_that_says_goodbye_is_told_of_with_its_reason_whether_it_was_waited_for_or_not()
    {
        const string told = "server moved (0x9D), \"gone\"; the broker names \"b2.example.org\"; where that is right";
        await StartBroker();
        answers = topic => !topic.EndsWith("live", StringComparison.Ordinal);
        Start();
        await Until(() => Topics("state").Any() && Topics("meta").Any() && Topics("time").Any());
        for (var links = 1; links <= 2; links++)
        {
            await server!.DisconnectClientAsync(
                "gz-07",
                new MqttServerClientDisconnectOptions
                {
                    ReasonCode = MqttDisconnectReasonCode.ServerMoved, ReasonString = "gone", ServerReference = "b2.example.org",
                });
            await Until(() => journal.All.Count(line => line.Contains(told, StringComparison.Ordinal)) == links);
            await Until(() => greetings.Count == links + 1 && Topics("time").Count() == links + 1);

            // The second time somebody waits for an answer.
            log.Append(RecordLogInMemory.Ph(links));
            await Until(() => Topics("live").Count() == links);
        }
    }

    [Fact]
    public async Task Second_gateway_with_its_id_makes_it_stand_back_and_say_so()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any());
        using var twin = new MqttClientFactory().CreateMqttClient();
        await twin.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", port)
                .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
                .WithClientId("gz-07")
                .Build(),
            TestContext.Current.CancellationToken);

        await Until(() => journal.All.Any(line => line.Contains("duplicate gateway", StringComparison.Ordinal)));
        Assert.Contains(journal.All, line => line.Contains("session taken over (0x8E)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_of_the_link_are_counted_and_outlive_it()
    {
        await StartBroker();
        Start();
        await Until(() => Topics("state").Any() && Topics("meta").Any());
        var before = broker!.Bytes!.Value;
        log.Append(RecordLogInMemory.Ph(0));
        await Until(() => Topics("live").Any());
        var payload = Topics("live").Single().Length;
        Assert.InRange(broker.Bytes!.Value.Out - before.Out, payload + 52, payload + 3000);

        var spent = broker.Bytes!.Value;
        await StopBroker();
        await Until(() => journal.All.Any(line => line.Contains("the link is gone", StringComparison.Ordinal)));
        Assert.True(broker.Bytes!.Value.Out >= spent.Out);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        await StopBroker();
        backend?.Dispose();
        stop.Dispose();
    }

    private async Task StopBroker()
    {
        if (server is { } running)
        {
            server = null;
            await running.StopAsync();
            running.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 3000, "It did not happen within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private IEnumerable<byte[]> Topics(string end) =>
        published.Where(message => message.Topic.EndsWith("/" + end, StringComparison.Ordinal)).Select(message => message.Payload);

    private List<Batch> Batches(string lane) => [.. Topics(lane).Select(payload => BatchCodec.Decode(payload).Batch!)];

    private async Task StartBroker(Action<ValidatingConnectionEventArgs>? judge = null, bool hasBackend = true)
    {
        server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(port)
            .WithPersistentSessions()
            .Build());
        server.ValidatingConnectionAsync += greeting =>
        {
            if (greeting.ClientId != "b1")
            {
                judge?.Invoke(greeting);
                greetings.Enqueue(greeting);
            }

            return Task.CompletedTask;
        };
        server.InterceptingPublishAsync += message =>
        {
            published.Enqueue((
                message.ApplicationMessage.Topic,
                System.Buffers.BuffersExtensions.ToArray(message.ApplicationMessage.Payload),
                message.ApplicationMessage.Retain));
            return Task.CompletedTask;
        };
        server.InterceptingOutboundPacketAsync += packet =>
            packet.ClientId == "gz-07" && packet.Packet is MQTTnet.Packets.MqttPubAckPacket && !MayAnswer()
                ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, packet.CancellationToken)
                : Task.CompletedTask;
        await server.StartAsync();
        if (hasBackend)
        {
            // A client that lost its broker does not know that at once.
            backend?.Dispose();
            backend = new MqttClientFactory().CreateMqttClient();
            await backend.ConnectAsync(
                new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId("b1").Build(),
                TestContext.Current.CancellationToken);
            await backend.SubscribeAsync(
                "pond/v1/#", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        }
    }

    // The answer to the newest message: one is on its way at a time in these tests.
    private bool MayAnswer() => answers(published.Last().Topic);

    private void Start(TimeSpan? ackDeadline = null) =>
        Start(options => options with { AckDeadline = ackDeadline ?? options.AckDeadline });

    private void Start(Func<UplinkOptions, UplinkOptions> change)
    {
        var clocks = new TestClocks();
        var options = change(new UplinkOptions { Host = "127.0.0.1", Port = port, Password = "duckweed" });
        var room = new UplinkRoom
        {
            Gateway = "gz-07",
            Site = RecordLogInMemory.Site,
            Options = options,
            Meta = () => EmptyMeta,
            Buffer = log,
            Clock = new GatewayClock(clocks, clocks, new ClockOptions()),
            Time = TimeProvider.System,
            Log = journal,
            Thrift = new Thrift(options, null, () => null),
            NextHealthAsync = async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                throw new InvalidOperationException("Never due here.");
            },
        };
        broker = new MqttNetBroker(options, "gz-07", StateMessages.Will(room), Judged(clocks), TimeProvider.System);
        running = new LinkKeeper(room, broker, new UplinkTally(), new Random(1)).RunAsync(stop.Token);
    }

    private static CertificateTime Judged(TestClocks clocks) =>
        new(new GatewayClock(clocks, clocks, new ClockOptions()), () => 0, 0);

    private async Task Receipt(long upTo, params SequenceRange[] gaps) =>
        await backend!.PublishAsync(
            new MqttApplicationMessageBuilder()
                .WithTopic("pond/v1/zudong/gz-07/ack")
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                .WithPayload(AckCodec.Encode(new Receipt
                {
                    By = "b1", Generation = 1, Number = 1, Epoch = RecordLogInMemory.OwnEpoch, UpTo = upTo, Gaps = gaps,
                }))
                .Build(),
            TestContext.Current.CancellationToken);
}
