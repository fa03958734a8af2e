using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PondSentinel.Gateway;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Tests.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway;

/// <summary>The whole gateway in this process: its own buffer on the disk, a port that is not there, a real broker.</summary>
public sealed class GatewayHostTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-gateway").FullName;
    private readonly Lines journal = new();
    private readonly Claims witness = new();

    public void Dispose()
    {
        witness.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Polls_travel_through_the_buffer_to_the_broker_and_the_stop_is_quick_and_said()
    {
        var port = FreePort();
        using var server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(port)
            .Build());
        var published = new ConcurrentQueue<(string Topic, byte[] Payload)>();
        server.InterceptingPublishAsync += message =>
        {
            published.Enqueue((
                message.ApplicationMessage.Topic, System.Buffers.BuffersExtensions.ToArray(message.ApplicationMessage.Payload)));
            return Task.CompletedTask;
        };
        await server.StartAsync();
        using var backend = new MqttClientFactory().CreateMqttClient();
        await backend.ConnectAsync(
            new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build(), TestContext.Current.CancellationToken);
        await backend.SubscribeAsync("pond/v1/#", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);

        using var stop = new CancellationTokenSource();
        var running = RunAsync(new UplinkOptions { Host = "127.0.0.1", Port = port }, stop.Token);
        foreach (var end in (string[])["/state", "/meta", "/evt", "/time", "/health", "/data/live"])
        {
            await Until(() => published.Any(message => message.Topic == $"pond/v1/zudong/gz-07{end}"));
        }

        var stopped = Stopwatch.StartNew();
        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // It is under two seconds; a machine that is busy with other tests is given more.
        Assert.InRange(stopped.Elapsed.TotalSeconds, 0, 10);
        var batch = BatchCodec.Decode(published.First(message => message.Topic.EndsWith("live", StringComparison.Ordinal)).Payload).Batch!;
        Assert.Equal(("ph", null, Why.BusDown), (batch.Records[0].Device, batch.Records[0].Channels[0].Value, batch.Records[0].Channels[0].Why));
        var state = StateCodec.Decode(published.Last(message => message.Topic.EndsWith("state", StringComparison.Ordinal)).Payload).Value!;
        Assert.Equal((false, "stop", batch.Epoch), (state.On, state.Reason, state.Epoch));
        var health = HealthCodec.Decode(published.First(message => message.Topic.EndsWith("health", StringComparison.Ordinal)).Payload).Value!;
        Assert.Equal(("ph", "rs485"), (health.Devices.Single().Device, health.Devices.Single().Bus));

        // A port that is not there is asked all the same, and counted.
        Assert.Equal(("rs485", true), (health.Buses.Single().Bus, health.Buses.Single().Modbus is not null));
        await server.StopAsync();
    }

    [Fact]
    public async Task Gateway_without_uplink_keeps_its_records_and_what_the_witness_says_is_there_after_a_restart()
    {
        using (var stop = new CancellationTokenSource())
        {
            var running = RunAsync(uplink: null, stop.Token);
            await Until(() => witness.ToString().Split('\n').Length > 3);
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        var claimed = witness.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var buffer = SegmentedLog.Open(
            new BufferOptions { Folder = folder, BytesMax = 1 << 20, FreeSpaceFloor = 0 }, TimeProvider.System, journal);
        var held = Assert.Single(buffer.Inventory);
        Assert.Equal(claimed.Length - 1, held.Last);
        Assert.All(claimed, line => Assert.StartsWith(held.Epoch, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Process_says_in_which_boot_it_began_and_that_it_was_stopped_but_not_so_where_a_part_failed()
    {
        using (var stop = new CancellationTokenSource())
        {
            var running = RunAsync(uplink: null, stop.Token);
            await Until(() => witness.ToString().Split('\n').Length > 1);
            await stop.CancelAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        await using (var full = new FullDisk())
        {
            await Assert.ThrowsAsync<IOException>(() => GatewayHost.RunAsync(
                Configuration(uplink: null),
                new GatewayHostOptions { Log = journal, Witness = full },
                TestContext.Current.CancellationToken));
        }

        var boot = (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", TestContext.Current.CancellationToken))
            .Trim().Replace("-", "", StringComparison.Ordinal);
        Assert.Equal(
            [$$"""{"what":"start","boot":"{{boot}}"}""", """{"what":"stop"}""", $$"""{"what":"start","boot":"{{boot}}"}"""],
            await AuditsAsync());
    }

    private async Task<List<string>> AuditsAsync()
    {
        await using var buffer = SegmentedLog.Open(
            new BufferOptions { Folder = folder, BytesMax = 1 << 20, FreeSpaceFloor = 0 }, TimeProvider.System, journal);
        List<string> audits = [];
        while (buffer.NextEventAsync(CancellationToken.None).AsTask() is { IsCompleted: true } next)
        {
            var entry = await next;
            buffer.MarkEventSent(entry.Epoch, entry.Number);
            if (entry.Event.Type == "audit")
            {
                audits.Add(System.Text.Encoding.UTF8.GetString(entry.Event.Body.Span));
            }
        }

        return audits;
    }

    [Fact]
    public async Task Witness_that_cannot_be_written_any_more_ends_the_gateway_aloud()
    {
        await using var full = new FullDisk();
        var running = GatewayHost.RunAsync(
            Configuration(uplink: null),
            new GatewayHostOptions { Log = journal, Witness = full },
            TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<IOException>(
            () => running.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal("No space left on device", failure.Message);
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_is_a_failure_before_anything_runs()
    {
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var configuration = Configuration(null) with { Buffer = new BufferOptions { Folder = Path.Combine(file, "buffer") } };

        await Assert.ThrowsAnyAsync<IOException>(() => GatewayHost.RunAsync(
            configuration, new GatewayHostOptions { Log = journal }, TestContext.Current.CancellationToken));
    }

    // Read while it is written.
    private sealed class Claims : StringWriter
    {
        private readonly Lock gate = new();

        public override Task WriteLineAsync(string? value)
        {
            lock (gate)
            {
                WriteLine(value);
                return Task.CompletedTask;
            }
        }

        public override string ToString()
        {
            lock (gate)
            {
                return base.ToString();
            }
        }
    }

    private sealed class FullDisk : StringWriter
    {
        public override Task WriteLineAsync(string? value) => throw new IOException("No space left on device");
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
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

    private Task RunAsync(UplinkOptions? uplink, CancellationToken stop) => GatewayHost.RunAsync(
        Configuration(uplink),
        new GatewayHostOptions { Log = journal, Witness = witness },
        stop);

    private GatewayConfiguration Configuration(UplinkOptions? uplink) => new()
    {
        Id = "gz-07",
        Site = "zudong",
        Stations = [new StationOptions { Id = "pond-a" }],
        Buses = [new BusOptions { Id = "rs485", Line = new SerialSettings("/dev/pond-nowhere", 9600) }],
        Devices =
        [
            new DeviceOptions
            {
                Id = "ph",
                Station = "pond-a",
                Bus = "rs485",
                Model = "yosemitech-y532",
                Address = 1,
                Interval = TimeSpan.FromMilliseconds(200),
                Channels = [new ChannelOptions { Id = "ph", Output = "ph" }],
            },
        ],
        Clock = new ClockOptions { Source = ClockPolicy.System },
        Buffer = new BufferOptions
        {
            Folder = folder, BytesMax = 1 << 20, CommitWindow = TimeSpan.FromMilliseconds(100), FreeSpaceFloor = 0,
        },
        Uplink = uplink,
    };
}
