using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Looks for what is wrong at a site: by the word of the running gateway, and by looks of its own.</summary>
/// <remarks>Where no gateway runs the devices are asked from here, and those that are silent looked for. Nothing is changed.</remarks>
/// <param name="time">The clock that is looked at, and for waiting.</param>
internal sealed class Doctor(TimeProvider time)
{
    private const string Processes = "/proc";
    private const string Mounts = "/proc/self/mounts";
    private const string I2cDevices = "/sys/bus/i2c/devices";

    /// <summary>Looks at everything.</summary>
    /// <param name="path">The configuration's file.</param>
    /// <param name="loaded">What came of reading it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<IReadOnlyList<Finding>> LookAsync(
        string path, LoadedConfiguration loaded, CancellationToken cancellationToken)
    {
        List<Finding> findings = [.. Look(path, loaded)];
        if (loaded.Configuration is not { } configuration)
        {
            // A gateway that runs has one that it could use.
            if (loaded.Control is { } known && File.Exists(known.Socket))
            {
                var (running, told) = await AskServiceAsync(known, cancellationToken);
                findings.AddRange([running, .. Refused(told)]);
            }

            return findings;
        }

        var (service, status) = await AskServiceAsync(configuration.Control, cancellationToken);
        findings.Add(service);
        findings.AddRange(Refused(status));
        findings.Add(ClockCheck.Look(time.GetUtcNow(), VouchedBy(status)));
        findings.Add(CardCheck.Look(configuration.Buffer, File.ReadAllText(Mounts), Text(status, "fault")));
        findings.AddRange(Troubles(status, configuration).Select(trouble => Finding.Bad("calibration-bad", trouble)));
        findings.AddRange(CertificateCheck.Look(configuration.Uplink?.Tls, configuration.Id, time.GetUtcNow()));
        var process = status?.GetProperty("process").GetInt32();
        findings.AddRange(PortCheck.Look(
            configuration, process, Processes, static port => FileRights.IsDenied(port, FileRights.ReadAndWrite)));
        findings.AddRange(PortCheck.LookAtI2c(configuration, I2cDevices));
        findings.AddRange(Relays(status));

        // A gateway that runs and does not answer has its lines open.
        if (service.Code != "service-mute")
        {
            var states = status is { } told ? StatesIn(told, configuration) : await AskDevicesAsync(configuration, cancellationToken);
            var found = await new LineDiagnosis(configuration, status is null ? line => new ProbeSearch(line, time) : null)
                .JudgeAsync(states, cancellationToken);

            // What a port says itself is said of its bus already.
            findings.AddRange(found.Where(finding => finding.Code != "bus-down"
                || !findings.Exists(port => port.Severity == Severity.Bad && port.Code.StartsWith("port-", StringComparison.Ordinal))));
        }

        findings.Add(await LookAtBrokerAsync(configuration, status, cancellationToken));
        return findings;
    }

    private static IEnumerable<Finding> Look(string path, LoadedConfiguration loaded)
    {
        if (loaded.Unreadable is { } unreadable)
        {
            yield return Finding.Bad("config-bad", unreadable);
        }

        foreach (var problem in loaded.Problems)
        {
            yield return Finding.Bad("config-bad", problem.ToString());
        }

        foreach (var warning in loaded.Configuration is null ? [] : loaded.Warnings)
        {
            yield return Finding.Warn("config-unwise", warning.ToString());
        }

        if (loaded.Configuration is not null)
        {
            yield return Finding.Good("config-good", path);
        }
    }

    // Whoever runs the doctor may have no right to the records.
    private static IEnumerable<string> Troubles(JsonElement? status, GatewayConfiguration configuration) =>
        status is { } told ? StatusVerb.CalibrationTroublesIn(told) : CalibrationRoom.Troubles(configuration);

    private async Task<(Finding Finding, JsonElement? Status)> AskServiceAsync(
        ControlOptions? place, CancellationToken cancellationToken)
    {
        if (place is not { } control)
        {
            return (Finding.Warn("service-down"), null);
        }

        return await new ControlClient(control.Socket, time).AskAsync("status", static _ => { }, ControlClient.Patience, cancellationToken) switch
        {
            ControlReply.Done(var body) => (Finding.Good("service-up", Text(body, "software") ?? ""), body),
            ControlReply.NotDone { IsNobodyThere: true } => (Finding.Warn("service-down"), null),
            ControlReply.NotDone(var why) => (Finding.Bad("service-mute", why), null),
            _ => throw new InvalidOperationException("Not a defined reply."),
        };
    }

    // Also where the file has been mended since: nobody has told the service.
    private static IEnumerable<Finding> Refused(JsonElement? status) => status is { } told && told.TryGetProperty("config_refused", out var refused)
        ? [Finding.Warn(
            "config-refused",
            Text(refused, "file") ?? "",
            IsoTime.Seconds(DateTimeOffset.FromUnixTimeMilliseconds(refused.GetProperty("time_ms").GetInt64())),
            Text(refused, "why") ?? "")]
        : [];

    // What would not ring, and nobody would notice before it should.
    private static IEnumerable<Finding> Relays(JsonElement? status) => status is { } told && told.TryGetProperty("relays", out var relays)
        ? relays.EnumerateArray().Where(relay => Text(relay, "fault") is not null)
            .Select(relay => Finding.Bad("relay-fault", Text(relay, "relay") ?? "", Text(relay, "fault")!))
        : [];

    private static string? Text(JsonElement? status, string member) =>
        status is { } told && told.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Where no gateway runs nobody watches the clock; the kernel's word is what a gateway would begin with.
    private string? VouchedBy(JsonElement? status) => status is null
        ? new Time.GatewayClock(new Time.LinuxKernelClock(), time, new Time.ClockOptions()).Now().Trust?.Source.Token
        : Text(status, "clock");

    private static List<DeviceState> StatesIn(JsonElement status, GatewayConfiguration configuration)
    {
        List<DeviceState> states = [];
        foreach (var told in status.GetProperty("devices").EnumerateArray())
        {
            // It may have been started with another configuration.
            if (configuration.Devices.FirstOrDefault(device => device.Id == Text(told, "device")) is { } options)
            {
                states.Add(new DeviceState(
                    options, told.TryGetProperty("age_s", out _), Text(told, "fault"), Text(told, "detail") ?? "", Text(told, "hint") ?? "")
                {
                    HintChinese = Text(told, "hint_zh"),
                });
            }
        }

        return states;
    }

    private async Task<IReadOnlyList<DeviceState>> AskDevicesAsync(GatewayConfiguration configuration, CancellationToken cancellationToken)
    {
        List<DeviceState> states = [];
        await using var assembly = DeviceAssembly.Open(configuration, configuration.Models, time, remembers: false);
        foreach (var device in assembly.Devices)
        {
            if (configuration.Models[device.Options.Model].On(device.Line)?.CountsFirst == true)
            {
                continue;
            }

            var taken = await DeviceReading.TakeAsync(device, listens: false, new LoneTurn(time), cancellationToken);
            states.Add(StateOf(device, taken.Reading));
        }

        return states;
    }

    private static DeviceState StateOf(PolledDevice device, Reading reading) => DeviceTrouble.In(reading) is not { } trouble
        ? new DeviceState(device.Options, WasAsked: true, Fault: null, "", "")
        : new DeviceState(
            device.Options,
            WasAsked: true,
            trouble.Token,
            reading is Reading.Failed failed ? failed.Detail : trouble.Outputs,
            FaultHints.For(trouble.Fault, device.Where, device.Line, device.SharesLine, trouble.Outputs.Length > 0))
        {
            HintChinese = FaultHintsChinese.For(trouble.Fault, device.Where, device.Line, device.SharesLine, trouble.Outputs.Length > 0),
        };

    private async Task<Finding> LookAtBrokerAsync(GatewayConfiguration configuration, JsonElement? status, CancellationToken cancellationToken)
    {
        if (configuration.Uplink is not { } uplink)
        {
            return Finding.Good("broker-none");
        }

        return status is { } told && told.TryGetProperty("uplink", out var link) && link.GetProperty("up").GetBoolean()
            ? Finding.Good("broker-up", uplink.Host)
            : await new BrokerCheck(uplink, configuration.Id, time).TryAsync(cancellationToken);
    }
}
