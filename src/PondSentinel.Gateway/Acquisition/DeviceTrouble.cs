using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What is wrong with a device, as far as it makes one trouble the same as another.</summary>
/// <param name="Fault">The class of failure.</param>
/// <param name="Outputs">The outputs concerned, sorted and joined by commas; empty where it is the whole device.</param>
internal readonly record struct DeviceTrouble(SensorFault Fault, string Outputs)
{
    /// <summary>What is wrong according to a reading, or null where nothing is.</summary>
    /// <param name="reading">The outcome of a poll.</param>
    public static DeviceTrouble? In(Reading reading)
    {
        if (reading is Reading.Failed failed)
        {
            return new DeviceTrouble(failed.Fault, "");
        }

        // The gravest stands for all; the enumeration's order puts what ends the measuring before what doubts it.
        var faulty = ((Reading.Measured)reading).Outputs.Where(output => output.Fault is not null).ToList();
        return faulty.Count == 0
            ? null
            : new DeviceTrouble(
                faulty.Min(output => output.Fault!.Value),
                string.Join(',', faulty.Select(output => output.Output).Order(StringComparer.Ordinal)));
    }

    /// <summary>The name on the wire, for example <c>no-answer</c>.</summary>
    public string Token => WhyTokens.Tokens(Fault.Why).Single();
}
