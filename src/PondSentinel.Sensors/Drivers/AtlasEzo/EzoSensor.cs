using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Reads an Atlas Scientific EZO circuit: pH, conductivity, temperature, redox potential or oxygen.</summary>
/// <remarks>
/// <para>Before the first reading, and after every failure, it asks the circuit what it is and how it is set: boards are
/// plugged in sockets that look all the same, and one that has lost its supply has lost its temperature too.</para>
/// <para>Not thread-safe: one instance owns the circuit's traffic.</para>
/// </remarks>
/// <param name="circuit">Which circuit it must be.</param>
/// <param name="temperatureCelsius">Temperature of the water, °C; null where nobody knows it.</param>
/// <param name="link">The way to it.</param>
internal sealed class EzoSensor(EzoCircuit circuit, double? temperatureCelsius, IEzoLink link) : ISensor
{
    // Data sheets: every command but a reading and a calibration.
    private static readonly TimeSpan CommandTime = TimeSpan.FromMilliseconds(300);

    private bool isKnown;

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        // Set only at the end, so that a poll that is cut short leaves nothing taken for granted.
        var wasKnown = isKnown;
        isKnown = false;
        if (!wasKnown && await GetToKnowAsync(cancellationToken) is { } objection)
        {
            return objection;
        }

        var answer = await link.AskAsync(circuit.ReadCommand(temperatureCelsius), circuit.ReadTime, cancellationToken);
        var reading = answer.Failure ?? circuit.Interpret(answer.Text!, temperatureCelsius is not null);
        isKnown = reading is Reading.Measured;
        return reading;
    }

    private async ValueTask<Reading.Failed?> GetToKnowAsync(CancellationToken cancellationToken)
    {
        if (await link.BeginAsync(cancellationToken) is { } failure)
        {
            return failure;
        }

        var kind = await link.AskAsync("i", CommandTime, cancellationToken);
        if ((kind.Failure ?? circuit.Mistaken(kind.Text!)) is { } mistaken)
        {
            return mistaken;
        }

        if (circuit.Setting is not { } check)
        {
            return null;
        }

        var setting = await link.AskAsync(check.Command, CommandTime, cancellationToken);
        return setting.Failure ?? check.Objection(setting.Text!);
    }
}
