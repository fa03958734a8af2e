using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>The program <c>pond-backend</c> with its own broker and store, and a gateway of so many channels, five a device, that sends each
/// a value a minute.</summary>
internal sealed class WatchedBackend : IDisposable
{
    /// <summary>Channels of a device.</summary>
    public const int PerDevice = 5;

    private const string Site = "demo-hill";
    private const string Gateway = "gz-07";
    private const int BatchRecords = 300;
    private const int UnderWay = 40;
    private const int Settled = 143;
    private const int ToldMax = 4_096;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    private static readonly Measurand[] Kinds =
        [Measurand.AmmoniumNitrogen, Measurand.Ph, Measurand.WaterTemperature, Measurand.SpecificConductance, Measurand.TurbidityFnu];

    private readonly string folder;
    private readonly int channels;
    private readonly int broker = MosquittoServer.FreePort();
    private readonly string epoch = Names.NewEpoch();
    private readonly MetaMessage meta;
    private readonly byte[] metaBytes;
    private readonly string schema;
    private Process? process;
    private long sequence;

    /// <summary>One that is not started yet.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="channels">How many channels.</param>
    public WatchedBackend(string folder, int channels)
    {
        (this.folder, this.channels) = (folder, channels);
        meta = new MetaMessage
        {
            Gateway = Gateway,
            Schema = "00000000",
            Stations = [.. Enumerable.Range(0, Devices).Select(device => Station(device)).Distinct().Select(id => new MetaStation { Id = id, Label = $"Reach {id}" })],
            Devices =
            [
                .. Enumerable.Range(0, Devices).Select(device => new MetaDevice
                {
                    Id = $"d{device}", Station = Station(device), Model = "m", VerifiedOnHardware = false, Grade = "reference", IntervalMs = (long)Interval.TotalMilliseconds,
                    Channels = [.. Of(device).Select((kind, place) => new MetaChannel { Id = Name(place), Measurand = kind })],
                }),
            ],
        };
        metaBytes = MetaCodec.Encode(meta, out schema);
    }

    /// <summary>Where the page is.</summary>
    public Uri Page { get; } = new($"http://127.0.0.1:{MosquittoServer.FreePort()}/");

    /// <summary>What the page asks for of the first device's channel.</summary>
    public static string FirstChannel => $"site={Site}&station=s0&gateway={Gateway}&device=d0&channel={Name(0)}";

    /// <summary>The program.</summary>
    public Process Program => process ?? throw new InvalidOperationException("It is not started.");

    /// <summary>Bytes of the store.</summary>
    public long StoreBytes => Directory.GetFiles(Path.Combine(folder, "state"), "store.db*").Sum(file => new FileInfo(file).Length);

    private int Devices => (channels + PerDevice - 1) / PerDevice;

    /// <summary>Starts it, and returns when it answers.</summary>
    public async Task StartAsync()
    {
        var config = Path.Combine(folder, "backend.toml");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $"""
            [backend]
            folder = "{folder}/state"
            [broker]
            port = {broker}
            [web]
            port = {Page.Port}
            [[rule]]
            id = "leak"
            measurand = "ammonium_n_mg_l"
            raise_above = 15
            clear_below = 12
            hold_raise = "15m"
            hold_clear = "15m"
            severity = "urgent"
            text = "The pond leaks"
            """));
        process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pond-backend.dll"), "run", "--config", config])
        {
            RedirectStandardError = true,
        })!;
        var told = "";
        process.ErrorDataReceived += (_, line) => told = told.Length > ToldMax ? told : $"{told}\n{line.Data}";
        process.BeginErrorReadLine();
        using var http = new HttpClient();
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await http.GetStringAsync(new Uri(Page, "/healthz"));
                return;
            }
            catch (HttpRequestException e)
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(begun) > Patience)
                {
                    throw new IOException($"The backend does not start: {told}", e);
                }

                await Task.Delay(Again, TimeProvider.System);
            }
        }
    }

    /// <summary>Ends it as systemd does.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", Program.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await Program.WaitForExitAsync().WaitAsync(Patience);
        }

        if (Program.ExitCode is not (0 or Settled))
        {
            throw new IOException($"The backend ended with {Program.ExitCode}.");
        }

        Program.Dispose();
        process = null;
    }

    /// <summary>Sends the past, a value a minute of each channel; returns when all is stored.</summary>
    /// <param name="polls">How many minutes it goes back.</param>
    public async Task FillAsync(int polls)
    {
        using var client = await ConnectAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var records = Enumerable.Range(0, polls)
            .SelectMany(poll => Enumerable.Range(0, Devices).Select(device => Record(device, now - ((polls - poll) * (long)Interval.TotalMilliseconds))));
        using var settled = new SemaphoreSlim(0);
        long upTo = -1;
        client.ApplicationMessageReceivedAsync += arrived =>
        {
            if (AckCodec.Decode(arrived.ApplicationMessage.Payload.ToArray()).Value?.Receipt is { } receipt && receipt.Epoch == epoch)
            {
                Interlocked.Exchange(ref upTo, receipt.UpTo);
                settled.Release();
            }

            return Task.CompletedTask;
        };
        await client.SubscribeAsync($"pond/v1/+/{Gateway}/ack", MqttQualityOfServiceLevel.AtLeastOnce, CancellationToken.None);
        foreach (var batch in records.Chunk(BatchRecords))
        {
            await SendAsync(client, batch);
            while (sequence - Interlocked.Read(ref upTo) > UnderWay * BatchRecords)
            {
                await settled.WaitAsync();
            }
        }

        while (sequence - Interlocked.Read(ref upTo) > 1)
        {
            await settled.WaitAsync();
        }
    }

    /// <summary>Sends what is measured now, each channel once a minute and the devices one after the other, until it is told to end.</summary>
    /// <param name="end">Ends it.</param>
    public async Task FollowAsync(CancellationToken end)
    {
        using var client = await ConnectAsync();
        using var timer = new PeriodicTimer(Interval / Devices);
        try
        {
            for (var device = 0; await timer.WaitForNextTickAsync(end); device = (device + 1) % Devices)
            {
                await SendAsync(client, [Record(device, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())]);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (process is { } left)
        {
            left.Kill();
            left.WaitForExit();
            left.Dispose();
        }
    }

    private static string Station(int device) => $"s{device / 4}";

    private static string Name(int place) => string.Create(CultureInfo.InvariantCulture, $"c{place}");

    private IEnumerable<Measurand> Of(int device) => Kinds.Take(Math.Min(PerDevice, channels - (device * PerDevice)));

    private DeviceRecord Record(int device, long timeMs) => new()
    {
        Sequence = sequence++,
        TimeMs = timeMs,
        Station = Station(device),
        Device = $"d{device}",
        Channels =
        [
            .. Of(device).Select((kind, place) => new ChannelValue
            {
                Channel = Name(place), Measurand = kind, Flag = QualityFlag.Good,
                Value = Math.Round(7 + place + Math.Sin((timeMs / 5.0e6) + device) + (sequence * 7919 % 100 / 500.0), 3),
            }),
        ],
    };

    private async Task<IMqttClient> ConnectAsync()
    {
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker).WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(Gateway).WithCredentials(Gateway, "").WithTimeout(Patience).Build());
        await PublishAsync(client, TopicKind.Meta, metaBytes);
        await PublishAsync(client, TopicKind.State, StateCodec.Encode(new StateMessage { On = true, Hardware = "benchmark", Software = "1.0.0", Epoch = epoch }));
        return client;
    }

    private Task SendAsync(IMqttClient client, DeviceRecord[] records) => PublishAsync(client, TopicKind.DataLive, BatchCodec.Encode(new Batch
    {
        Gateway = Gateway, Epoch = epoch, Range = new SequenceRange(records[0].Sequence, records[^1].Sequence), Schema = schema,
        Clock = new ClockStamp(ClockSource.Ntp, 12), Records = records,
    }));

    // Retried until the backend has subscribed: before that its broker takes it for nobody.
    private static async Task PublishAsync(IMqttClient client, TopicKind kind, byte[] payload)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await client.PublishAsync(new MqttApplicationMessage
            {
                Topic = new Topic(Site, Gateway, kind).ToString(), Payload = new ReadOnlySequence<byte>(payload), Retain = kind is TopicKind.Meta or TopicKind.State,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            });
            if (answer.ReasonCode == MqttClientPublishReasonCode.Success)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new IOException($"The backend does not take a message: {answer.ReasonCode}.");
            }

            await Task.Delay(Again, TimeProvider.System);
        }
    }
}
