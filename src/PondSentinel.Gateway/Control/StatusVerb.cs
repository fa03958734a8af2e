using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Control;

/// <summary><c>status</c>: how the gateway is, in one look.</summary>
/// <param name="gateway">Its name.</param>
/// <param name="software">Its version.</param>
/// <param name="buffer">The buffer.</param>
/// <param name="devices">The devices.</param>
/// <param name="clock">The clock.</param>
/// <param name="link">What the uplink did; null where there is none now.</param>
/// <param name="alarms">The gateway's own alarms; null where there are none.</param>
internal sealed class StatusVerb(
    string gateway,
    string software,
    IRecordLog buffer,
    IReadOnlyList<PolledDevice> devices,
    GatewayClock clock,
    Func<UplinkTally?> link,
    AlarmBoard? alarms = null) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "status";

    // The rest is in calibration list.
    private const int TroublesMax = 8;

    private readonly TimeSpan began = clock.BootTime;

    /// <summary>How long a device is still in maintenance; zero where it is in none.</summary>
    public Func<string, TimeSpan> MaintenanceLeft { get; init; } = _ => TimeSpan.Zero;

    /// <summary>Whether a device is being calibrated.</summary>
    public Predicate<string> IsCalibrated { get; init; } = _ => false;

    /// <summary>The settings that it was given last and does not go by; null where it goes by them.</summary>
    public Func<RefusedSettings?> Refused { get; init; } = () => null;

    /// <summary>What is wrong with the records of calibrations, for people.</summary>
    public Func<IEnumerable<string>> CalibrationTroubles { get; init; } = static () => [];

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <summary>What is wrong with the records of calibrations; nothing where the gateway is of a version that does not say.</summary>
    /// <param name="body">The answer.</param>
    public static IReadOnlyList<string> CalibrationTroublesIn(JsonElement body) =>
        body.TryGetProperty("calibration_troubles", out var told) ? [.. told.EnumerateArray().Select(trouble => trouble.GetString()!)] : [];

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var status = buffer.Status;
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteString("gateway", gateway);
            json.WriteString("software", software);
            json.WriteNumber("uptime_s", (long)(now.BootTime - began).TotalSeconds);
            json.WriteString("clock", now.Trust?.Source.Token);
            json.WriteNumber("time_ms", now.WallMs);
            if (now.Trust is { } trust)
            {
                json.WriteNumber("time_err_ms", trust.ErrorMs);
            }

            if (clock.AgainstBackend(now) is { } compared)
            {
                json.WriteNumber("backend_off_ms", compared.OffMs);
                json.WriteNumber("backend_off_err_ms", compared.ErrorMs);
            }

            if (Refused() is { } refused)
            {
                Write(json, refused, now.BootTime);
            }

            json.WriteString("epoch", buffer.Epoch);
            Write(json, status);
            json.WriteNumber("process", Environment.ProcessId);
            if (link() is { } uplink)
            {
                json.WriteStartObject("uplink");
                json.WriteBoolean("up", uplink.IsUp);
                json.WriteNumber("connects", uplink.Connects);
                json.WriteString("failure", uplink.Failure);
                if (uplink.CertificateDays is { } days)
                {
                    json.WriteNumber("certificate_days", days);
                }

                json.WriteEndObject();
            }

            if (alarms is not null)
            {
                AlarmJson.Write(json, alarms);
            }

            if (CalibrationTroubles().Take(TroublesMax).ToList() is { Count: > 0 } troubles)
            {
                JsonLine.Texts(json, "calibration_troubles", troubles);
            }

            json.WriteStartArray("devices");
            foreach (var device in devices)
            {
                json.WriteStartObject();
                Write(json, device, now.BootTime);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }

    private static void Write(Utf8JsonWriter json, RefusedSettings refused, TimeSpan now)
    {
        json.WriteStartObject("config_refused");
        json.WriteNumber("time_ms", refused.Clock.WallMs);
        json.WriteNumber("age_s", (long)(now - refused.Clock.BootTime).TotalSeconds);
        json.WriteString("file", refused.File);
        json.WriteString("why", refused.Why);
        json.WriteNumber("mistakes", refused.Mistakes);
        if (refused.First is { } first)
        {
            json.WriteStartObject("first");
            json.WriteString("file", first.File);
            json.WriteNumber("line", first.Line);
            json.WriteNumber("column", first.Column);
            json.WriteString("what", first.What);
            json.WriteString("mend", first.Mend);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BufferStatus status)
    {
        json.WriteNumber("unsettled", status.Unsettled);
        if (status.OldestUnsettledMs is { } oldest)
        {
            json.WriteNumber("oldest_unsettled_ms", oldest);
        }

        json.WriteNumber("buffer_bytes", status.Bytes);
        json.WriteNumber("buffer_bytes_max", status.BytesMax);
        json.WriteStartObject("lost");
        foreach (var (cause, count) in status.Lost.Where(lost => lost.Value > 0))
        {
            json.WriteNumber(cause.Token, count);
        }

        json.WriteEndObject();
        json.WriteString("fault", status.Fault);
    }

    private void Write(Utf8JsonWriter json, PolledDevice device, TimeSpan now)
    {
        var tally = device.Tally;
        json.WriteString("device", tally.Device);
        json.WriteString("bus", tally.Bus);
        json.WriteNumber("polls", tally.Polls);
        json.WriteNumber("failed", tally.Failed);
        json.WriteNumber("spared", tally.Spared);
        json.WriteNumber("missed", tally.Missed);
        if (MaintenanceLeft(tally.Device) is var left && left > TimeSpan.Zero)
        {
            json.WriteNumber("maint_s", (long)left.TotalSeconds);
        }

        if (IsCalibrated(tally.Device))
        {
            json.WriteBoolean("calibrating", true);
        }

        if (tally.Last is { } last)
        {
            json.WriteNumber("age_s", (long)(now - last.At).TotalSeconds);
            ChannelText.WriteTrouble(json, device, last.Reading);
            ChannelText.WriteValues(json, tally.Device, last.Values);
        }
    }
}
