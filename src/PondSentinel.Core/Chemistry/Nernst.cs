namespace PondSentinel.Chemistry;

/// <summary>The ideal electrode: potential against activity, at a temperature.</summary>
/// <remarks>Constants: CODATA 2018.</remarks>
public static class Nernst
{
    private const double GasConstant = 8.314462618;
    private const double FaradayConstant = 96485.33212;
    private const double ZeroCelsiusKelvin = 273.15;
    private const double MillivoltsPerVolt = 1000;

    private static readonly double NaturalLogarithmOfTen = Math.Log(10);

    /// <summary>Absolute temperature, K.</summary>
    /// <param name="celsius">Degrees Celsius.</param>
    public static double Kelvin(double celsius) => celsius + ZeroCelsiusKelvin;

    /// <summary>How much the potential of an ideal electrode for an ion of one charge changes with a tenfold activity, mV:
    /// 59.16 at 25 °C.</summary>
    /// <param name="celsius">Degrees Celsius.</param>
    public static double SlopeMillivolts(double celsius) =>
        NaturalLogarithmOfTen * GasConstant * Kelvin(celsius) / FaradayConstant * MillivoltsPerVolt;
}
