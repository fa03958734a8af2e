using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>A glass electrode as two buffers have shown it. Its potential falls with pH and crosses all temperatures at
/// pH 7.</summary>
/// <remarks>Compensated is the electrode, not the sample: the pH of water itself changes with its temperature.</remarks>
/// <param name="AtPh7">Its potential at pH 7; 0 when new.</param>
/// <param name="SlopeMillivolts">By how much it falls with each pH at the temperature of the buffers, mV, above 0.</param>
/// <param name="BuffersCelsius">Temperature of the buffers.</param>
public sealed record PhElectrode(Millivolts AtPh7, double SlopeMillivolts, double BuffersCelsius)
{
    /// <summary>Where glass has no offset between temperatures.</summary>
    private const double IsopotentialPh = 7;

    /// <summary>Its slope as a part of an ideal electrode's, 1 when new.</summary>
    public double SlopeShare => SlopeMillivolts / Nernst.SlopeMillivolts(BuffersCelsius);

    /// <summary>An electrode from what it showed in two buffers.</summary>
    /// <param name="first">pH of one and the potential there.</param>
    /// <param name="second">pH of the other and the potential there; another pH.</param>
    /// <param name="celsius">Temperature of both.</param>
    public static PhElectrode FromBuffers(
        (double Ph, double Millivolts) first, (double Ph, double Millivolts) second, double celsius)
    {
        var slope = (first.Millivolts - second.Millivolts) / (second.Ph - first.Ph);
        return new(new Millivolts(first.Millivolts - (slope * (IsopotentialPh - first.Ph))), slope, celsius);
    }

    /// <summary>The pH at a potential.</summary>
    /// <param name="potential">The potential.</param>
    /// <param name="celsius">Temperature of the water.</param>
    public PhValue At(Millivolts potential, double celsius)
    {
        var slope = SlopeMillivolts * Nernst.Kelvin(celsius) / Nernst.Kelvin(BuffersCelsius);
        return new(IsopotentialPh - ((potential.Value - AtPh7.Value) / slope));
    }
}
