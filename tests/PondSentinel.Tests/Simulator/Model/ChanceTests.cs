using PondSentinel.Simulator.Model;

namespace PondSentinel.Tests.Simulator.Model;

public sealed class ChanceTests
{
    [Fact]
    public void Noise_has_mean_0_deviation_1_and_bounds()
    {
        var numbers = Enumerable.Range(0, 20_000).Select(index => Chance.Noise(1, 2, index)).ToList();
        Assert.Equal(0, numbers.Average(), 0.03);
        Assert.Equal(1, numbers.Average(number => number * number), 0.03);
        Assert.All(numbers, number => Assert.InRange(number, -3, 3));
    }

    [Fact]
    public void A_number_depends_on_seed_purpose_and_index_alone()
    {
        Assert.Equal(Chance.Even(1, 2, 3), Chance.Even(1, 2, 3));
        Assert.Equal(4, new[] { Chance.Even(1, 2, 3), Chance.Even(2, 2, 3), Chance.Even(1, 3, 3), Chance.Even(1, 2, 4) }.Distinct().Count());
    }
}
