using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary><c>device-identify</c>: which piece a device is, by its own word.</summary>
/// <param name="work">Work on the lines.</param>
internal sealed class DeviceIdentify(LineWork work) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "device-identify";

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var device = work.Device(request.Text("device", 32));
        if (device.Sensor is not IIdentifyingSensor sensor)
        {
            throw new ControlRefusedException($"a {device.Options.Model} does not tell which piece it is");
        }

        var told = await work.DoAsync(device, sensor.IdentifyAsync, cancellationToken);
        if (told.Failure is { } failure)
        {
            throw new ControlRefusedException($"{device.Options.Id} at {device.Where}: {failure.Detail}");
        }

        return new ControlAnswer(json =>
        {
            json.WriteString("device", device.Options.Id);
            json.WriteString("model", device.Options.Model);
            json.WriteString("where", device.Where);
            json.WriteString("serial", told.Serial);
            json.WriteString("firmware", told.Firmware);
            json.WriteString("configured_serial", device.Options.Serial);
        });
    }
}

/// <summary><c>device-set-address</c>: gives a device another address by its maker's recipe.</summary>
/// <param name="work">Work on the lines.</param>
internal sealed class DeviceSetAddress(LineWork work) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "device-set-address";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var device = work.Device(request.Text("device", 32));
        var address = request.OptionalInteger("address", ProfileLine.AddressMin, ProfileLine.AddressMax)
            ?? throw new ControlRefusedException("address is missing");
        if (device.Sensor is not IReaddressableSensor sensor)
        {
            throw new ControlRefusedException($"the address of a {device.Options.Model} is not changed over its line; see hardware/sensors/{device.Options.Model}.md");
        }

        if (work.Bus(device.Options.Bus).FirstOrDefault(other => other.Options.Address == address) is { } other)
        {
            throw new ControlRefusedException($"{other.Options.Id} has the address {address} already");
        }

        var failure = await work.DoAsync(
            device, (turn, limit) => sensor.SetAddressAsync((byte)address, turn, limit), cancellationToken);
        return failure is null
            ? new ControlAnswer(json =>
            {
                json.WriteString("device", device.Options.Id);
                json.WriteNumber("was", device.Options.Address);
                json.WriteNumber("address", address);
            })
            {
                Device = device.Options.Id,
            }
            : throw new ControlRefusedException($"{device.Options.Id} at {device.Where}: {failure.Detail}");
    }
}

/// <summary><c>device-replace</c>: takes note that another piece is in a device's place. An event of type <c>audit</c> with both
/// serial numbers, so that who reads the data knows whose they are.</summary>
/// <param name="work">Work on the lines.</param>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
internal sealed class DeviceReplace(LineWork work, RecordSink sink, GatewayClock clock) : IControlVerb
{
    private const int SerialLengthMax = 64;

    /// <inheritdoc/>
    public string Name => "device-replace";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var device = work.Device(request.Text("device", 32));
        var who = request.Text("who", SerialLengthMax);
        var fresh = request.OptionalText("serial", SerialLengthMax) ?? await SerialOfAsync(device, cancellationToken);
        var was = request.OptionalText("was", SerialLengthMax) ?? device.Options.Serial;
        if (string.Equals(fresh, was, StringComparison.OrdinalIgnoreCase))
        {
            throw new ControlRefusedException($"{device.Options.Id} is the piece {fresh} already");
        }

        sink.AppendEvent("audit", device.Options.Id, clock.Now(), EventJson.Of(refused: 0, json =>
        {
            json.WriteString("what", "replaced");
            json.WriteString("was", was);
            json.WriteString("serial", fresh);
            json.WriteString("who", who);
            json.WriteNumber("uid", request.Uid);
        }));
        return new ControlAnswer(json =>
        {
            json.WriteString("device", device.Options.Id);
            json.WriteString("was", was);
            json.WriteString("serial", fresh);
        })
        {
            Device = device.Options.Id,
        };
    }

    private async Task<string> SerialOfAsync(PolledDevice device, CancellationToken cancellationToken)
    {
        var told = device.Sensor is IIdentifyingSensor sensor ? await work.DoAsync(device, sensor.IdentifyAsync, cancellationToken) : null;
        return told?.Serial is { Length: > 0 } serial
            ? serial
            : throw new ControlRefusedException(
                $"{device.Options.Id} does not tell its serial number{(told?.Failure is { } failure ? $" ({failure.Detail})" : "")}: give the one on its label with --serial");
    }
}

/// <summary><c>device-power-cycle</c>: switches the supply of a bus off and on by its relay.</summary>
/// <param name="work">Work on the lines.</param>
internal sealed class DevicePowerCycle(LineWork work) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "device-power-cycle";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var here = work.Bus(request.Text("of", 32));
        var bus = here[0].Options.Bus;
        if (here[0].Care is not { Supply: { } supply } care)
        {
            throw new ControlRefusedException($"bus {bus} has no supply_relay: switch the supply of its devices by hand");
        }

        var failure = await work.DoAsync(
            here[0],
            async (_, limit) =>
            {
                care.Tally.CountPowerCycle();
                var failure = await supply.CycleAsync(limit);
                foreach (var device in here)
                {
                    device.Sensor.Forget();
                }

                care.Reset?.Invoke();
                return failure;
            },
            cancellationToken);
        return failure is null
            ? new ControlAnswer(json =>
            {
                json.WriteString("bus", bus);
                JsonLine.Texts(json, "devices", here.Select(device => device.Options.Id));
            })
            : throw new ControlRefusedException(failure);
    }
}
