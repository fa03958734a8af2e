namespace PondSentinel.Simulator.Model;

/// <summary>Where all the nitrogen is: a sum that only its own sources can change.</summary>
/// <param name="InPond">Nitrogen in the pond, kg as N.</param>
/// <param name="UnderWay">Nitrogen in the stream between pond and lower station, kg as N.</param>
/// <param name="PassedBelow">Nitrogen that has passed the lower station since the beginning, kg as N.</param>
/// <param name="CameFromAbove">Nitrogen that came with the stream's own water since the beginning, kg as N.</param>
/// <param name="LeftPond">Nitrogen that has left the pond since the beginning, kg as N.</param>
internal readonly record struct Ledger(
    double InPond, double UnderWay, double PassedBelow, double CameFromAbove, double LeftPond)
{
    /// <summary>What must stay the same for ever, kg as N: all there is, less what came from outside.</summary>
    public double Balance => InPond + UnderWay + PassedBelow - CameFromAbove;
}
