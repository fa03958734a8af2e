using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary>What a device said when somebody at the site asked it. No record comes of it: polls alone make records.</summary>
/// <param name="Device">The device.</param>
/// <param name="Reading">What came of asking.</param>
/// <param name="Values">Its channels, calibrated and held against their bands; tests of series are for polls.</param>
/// <param name="Transcript">What was said on the line; null where nobody listened.</param>
internal sealed record DeviceReading(
    PolledDevice Device, Reading Reading, IReadOnlyList<ChannelValue> Values, BusTranscript? Transcript)
{
    /// <summary>Asks a device now, without the warm-up, wiping and repetitions of its polls where it can be read without.</summary>
    /// <param name="device">The device.</param>
    /// <param name="listens">Whether to keep what is said on the line.</param>
    /// <param name="turn">The turn on its bus; held from beginning to end.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask<DeviceReading> TakeAsync(
        PolledDevice device, bool listens, IBusTurn turn, CancellationToken cancellationToken)
    {
        var transcript = listens && device.Bus is not null ? new BusTranscript() : null;
        if (transcript is not null)
        {
            device.Bus!.Transcript = transcript;
        }

        try
        {
            var reading = await AskAsync(device.Sensor, turn, cancellationToken);
            var calibration = new CalibrationStep(device.Options.Id, device.Channels, device.Calibrations);
            return new DeviceReading(
                device, reading, calibration.Name(RangeTest.Judge(device.Channels, calibration.Apply(reading))), transcript);
        }
        finally
        {
            if (transcript is not null)
            {
                device.Bus!.Transcript = null;
            }
        }
    }

    /// <summary>Writes what several devices said.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="readings">What they said, and the channels that somebody asked for.</param>
    public static void WriteAll(Utf8JsonWriter json, IEnumerable<(DeviceReading Reading, IReadOnlyList<string> Channels)> readings)
    {
        json.WriteStartArray("devices");
        foreach (var (reading, channels) in readings)
        {
            json.WriteStartObject();
            reading.Write(json, channels);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, IReadOnlyList<string> channels)
    {
        json.WriteString("device", Device.Options.Id);
        ChannelText.WriteTrouble(json, Device, Reading);
        ChannelText.WriteValues(json, Device.Options.Id, Values.Where(value => channels.Contains(value.Channel)));
        if (Transcript is { } said)
        {
            JsonLine.Texts(json, "said", said.Words.Select(Text));
            if (said.Dropped > 0)
            {
                json.WriteNumber("more_bytes", said.Dropped);
            }
        }
    }

    private static ValueTask<Reading> AskAsync(ISensor sensor, IBusTurn turn, CancellationToken cancellationToken) => sensor switch
    {
        IDirectSensor direct => direct.ReadDirectAsync(turn, cancellationToken),
        IPausingSensor pausing => pausing.ReadAsync(turn, cancellationToken),
        _ => sensor.ReadAsync(cancellationToken),
    };

    private static string Text(BusWords words) =>
        $"{(words.IsSent ? '>' : '<')} {(words.Address is { } address ? $"[{address:X2}] " : "")}{string.Join(' ', words.Bytes.Select(value => value.ToString("X2", null)))}";
}
