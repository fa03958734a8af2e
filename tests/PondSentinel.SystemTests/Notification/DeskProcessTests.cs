using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Notification;

/// <summary>What people and watch services have of a running backend: a test alarm from another process, and the heartbeat.</summary>
public sealed class DeskProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string folder = TestFolder.Create();
    private readonly int port = FreePort.Next();
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<(string Path, string Body)> calls = new();
    private readonly string address = $"http://127.0.0.1:{FreePort.Next()}/";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        listener.Close();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Test_alarm_ordered_by_another_process_arrives_and_the_heartbeat_begins_with_the_first_value()
    {
        listener.Prefixes.Add(address);
        listener.Start();
        var serving = ServeAsync();
        var config = Path.Combine(folder, "backend.toml");
        await File.WriteAllTextAsync(
            config,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [backend]
                folder = "{folder}/state"

                [broker]
                port = {port}

                [web]
                enabled = false

                [[webhook]]
                name = "shift"
                url = "{address}hook"

                [heartbeat]
                url = "{address}beat"
                every = "10s"
                """),
            Cancelled);
        var program = Built.Program("PondSentinel.Backend", "pond-backend");
        await using (var backend = RunningProcess.Start("pond-backend", folder, "dotnet", program, "run", "--config", config))
        {
            await PublishAsync(backend);
            var (code, output, error) = await Command.TryAsync(
                "dotnet", program, "alarms", "test", "--channel", "shift", "--by", "Li", "--config", config, "--json");
            Assert.True(code == 0, $"{output}{error}{backend.Tail}");
            Assert.Equal("shift", JsonElement.Parse(output).GetProperty("channel").GetString());
            var test = JsonElement.Parse(Assert.Single(calls, call => call.Path == "/hook").Body);
            Assert.Equal("test", test.GetProperty("kind").GetString());
            Assert.StartsWith("Li ", test.GetProperty("summary").GetString(), StringComparison.Ordinal);
            await Eventually.HoldsAsync(
                () => calls.Any(call => call.Path == "/beat"), Patience, () => $"The watch service hears nothing.\n{backend.Tail}");
        }

        listener.Close();
        await serving;
    }

    // Retried until the backend has subscribed: before that its broker takes it for nobody.
    private async Task PublishAsync(RunningProcess backend)
    {
        var payload = BatchCodec.Encode(new Batch
        {
            Gateway = "gz-07",
            Epoch = Names.NewEpoch(),
            Range = new SequenceRange(0, 0),
            Schema = "9f3c01d2",
            Clock = new ClockStamp(ClockSource.Ntp, 5),
            Records =
            [
                new DeviceRecord
                {
                    Sequence = 0,
                    TimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                    Station = "outlet",
                    Device = "probe",
                    Channels =
                    [
                        new ChannelValue { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = 1, Flag = QualityFlag.Good },
                    ],
                },
            ],
        });
        using var client = new MqttClientFactory().CreateMqttClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    if (!client.IsConnected)
                    {
                        await client.ConnectAsync(
                            new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V500)
                                .WithClientId("gz-07").WithCredentials("gz-07", "").Build(),
                            Cancelled);
                    }

                    var answer = await client.PublishAsync(
                        new MqttApplicationMessage
                        {
                            Topic = "pond/v1/gannan/gz-07/data/live",
                            Payload = new ReadOnlySequence<byte>(payload),
                            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                        },
                        Cancelled);
                    return answer.ReasonCode == MqttClientPublishReasonCode.Success;
                }
                catch (MQTTnet.Exceptions.MqttCommunicationException)
                {
                    return false;
                }
            },
            Patience,
            () => $"The value is not taken.\n{backend.Tail}");
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                calls.Enqueue((context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync(Cancelled)));
                context.Response.StatusCode = 204;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
