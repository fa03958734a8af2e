using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Sensors.Scanning;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary><c>scan</c>: looks who else is on a bus, between its polls: a whole I2C bus at once, of a Modbus line one address at a
/// time, so that its devices miss no poll for it.</summary>
/// <param name="work">Work on the lines.</param>
/// <param name="models">The models there are now.</param>
internal sealed class ScanVerb(LineWork work, Func<IReadOnlyDictionary<string, SensorModel>> models) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "scan";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var here = work.Bus(request.Text("bus", 32));
        var known = here.Select(device => (int)device.Options.Address).ToHashSet();
        var (found, failure) = here[0].Bus switch
        {
            I2cBus i2c => await work.DoAsync(
                here[0], (_, limit) => new I2cScan(i2c.Line, models().Values).FindAsync(known, limit), cancellationToken),
            SerialBus serial when here.All(device => models()[device.Options.Model].Profile is not null) => await LookAsync(
                serial, here[0], (byte)Address(request), cancellationToken),
            _ => throw new ControlRefusedException($"nobody else can be on bus {here[0].Options.Bus}"),
        };
        return failure is null
            ? new ControlAnswer(json => Write(json, found))
            : throw new ControlRefusedException(failure);
    }

    /// <summary>Writes who was found.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="found">Who was.</param>
    public static void Write(Utf8JsonWriter json, IEnumerable<FoundDevice> found)
    {
        json.WriteStartArray("found");
        foreach (var device in found)
        {
            json.WriteStartObject();
            json.WriteNumber("address", device.Address);
            JsonLine.Texts(json, "models", device.Models);
            if (device.Serial is not null)
            {
                json.WriteString("serial", device.Serial);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reads who was found.</summary>
    /// <param name="body">What <see cref="Write"/> has written.</param>
    public static IEnumerable<FoundDevice> Read(JsonElement body) => body.GetProperty("found").EnumerateArray().Select(device => new FoundDevice(
        device.GetProperty("address").GetInt64(),
        [.. device.GetProperty("models").EnumerateArray().Select(model => model.GetString()!)],
        device.TryGetProperty("serial", out var serial) ? serial.GetString() : null));

    private static long Address(ControlRequest request) =>
        request.OptionalInteger("address", ProfileLine.AddressMin, ProfileLine.AddressMax)
        ?? throw new ControlRefusedException("address is missing");

    private async ValueTask<(IReadOnlyList<FoundDevice> Found, string? Failure)> LookAsync(
        SerialBus serial, PolledDevice device, byte address, CancellationToken cancellationToken)
    {
        var profiles = models().Values.Select(model => model.Profile).OfType<DeviceProfile>();
        var (found, failure) = await work.DoAsync(
            device, (_, limit) => new ModbusScan(serial, profiles).LookAsync(address, limit), cancellationToken);
        return (found is null ? [] : [found], failure);
    }
}
