package io.p2pboot.libp2p.spring.handler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.p2pboot.libp2p.spring.Libp2pProtocol;

/**
 * Methods that declare less than they return.
 */
final class Zoo {

	private Zoo() {
	}

	interface Animal {

	}

	abstract static class Named implements Animal {

		public abstract String getName();

	}

	record Dog(String name, int tricks) implements Animal {
	}

	static class Cat extends Named {

		@Override
		public String getName() {
			return "Rex";
		}

		public int getTricks() {
			return 2;
		}

	}

	record Box<T>(T content) {
	}

	static class Herd extends ArrayList<Animal> {

		private static final long serialVersionUID = 1L;

	}

	static class Animals {

		private final Dog rex = new Dog("Rex", 2);

		@Libp2pProtocol("/animal/interface")
		Animal declaredAsInterface(String ask) {
			return this.rex;
		}

		@Libp2pProtocol("/animal/superclass")
		Named declaredAsSuperclass(String ask) {
			return new Cat();
		}

		@Libp2pProtocol("/animal/object")
		Object declaredAsObject(String ask) {
			return this.rex;
		}

		@Libp2pProtocol("/animal/list")
		List<Animal> list(String ask) {
			return List.of(this.rex);
		}

		@Libp2pProtocol("/animal/wildcards")
		Set<? extends Animal> wildcards(String ask) {
			return Set.of(this.rex);
		}

		@Libp2pProtocol("/animal/iterable")
		Iterable<Animal> iterable(String ask) {
			return Arrays.asList(this.rex);
		}

		@Libp2pProtocol("/animal/array")
		Animal[] array(String ask) {
			return new Animal[] { this.rex };
		}

		@Libp2pProtocol("/animal/map")
		Map<String, Animal> map(String ask) {
			return new LinkedHashMap<>(Map.of("a", this.rex));
		}

		@Libp2pProtocol("/animal/optional")
		Optional<Animal> optional(String ask) {
			return Optional.of(this.rex);
		}

		@Libp2pProtocol("/animal/none")
		Optional<Animal> none(String ask) {
			return Optional.empty();
		}

		@Libp2pProtocol("/animal/nested")
		Map<String, List<Animal>> nested(String ask) {
			return Map.of("a", List.of(this.rex));
		}

		@Libp2pProtocol("/animal/herd")
		Herd herd(String ask) {
			Herd herd = new Herd();
			herd.add(this.rex);
			return herd;
		}

		@Libp2pProtocol("/animal/box")
		Box<Animal> box(String ask) {
			return new Box<>(this.rex);
		}

		@Libp2pProtocol("/animal/hidden")
		Animal hidden(String ask) {
			return new Named() {

				@Override
				public String getName() {
					return "Rex";
				}

				@SuppressWarnings("unused")
				public int getTricks() {
					return 2;
				}

			};
		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes(@JsonSubTypes.Type(value = Circle.class, name = "circle"))
	interface Shape {

	}

	record Circle(int radius) implements Shape {
	}

	static class Drawing extends ArrayList<Shape> {

		private static final long serialVersionUID = 1L;

	}

	static class Content<T> {

		private final T content;

		Content(T content) {
			this.content = content;
		}

		public T getContent() {
			return this.content;
		}

	}

	static class Labelled<T> extends Content<T> {

		Labelled(T content) {
			super(content);
		}

		public String getLabel() {
			return "a";
		}

	}

	interface Page<T> {

		List<T> getItems();

	}

	static class Items<T> implements Page<T> {

		private final List<T> items;

		Items(List<T> items) {
			this.items = items;
		}

		@Override
		public List<T> getItems() {
			return this.items;
		}

	}

	static class Shapes {

		private final Circle circle = new Circle(2);

		@Libp2pProtocol("/shape/superclass")
		Shape declaredAsInterface(String ask) {
			return this.circle;
		}

		@Libp2pProtocol("/shape/object")
		Object declaredAsObject(String ask) {
			return this.circle;
		}

		@Libp2pProtocol("/shape/list")
		List<Shape> list(String ask) {
			return new ArrayList<>(List.of(this.circle));
		}

		@Libp2pProtocol("/shape/array")
		Shape[] array(String ask) {
			return new Circle[] { this.circle };
		}

		@Libp2pProtocol("/shape/map")
		Map<String, Shape> map(String ask) {
			return Map.of("a", this.circle);
		}

		@Libp2pProtocol("/shape/optional")
		Optional<Shape> optional(String ask) {
			return Optional.of(this.circle);
		}

		@Libp2pProtocol("/shape/drawing")
		List<Shape> drawing(String ask) {
			return asDrawing();
		}

		@Libp2pProtocol("/shape/untyped")
		Object untyped(String ask) {
			return asDrawing();
		}

		@Libp2pProtocol("/shape/box")
		Content<Shape> box(String ask) {
			return new Labelled<>(this.circle);
		}

		@Libp2pProtocol("/shape/page")
		Page<Shape> page(String ask) {
			return new Items<>(List.of(this.circle));
		}

		private Drawing asDrawing() {
			Drawing drawing = new Drawing();
			drawing.add(this.circle);
			return drawing;
		}

	}

	abstract static class Lister<T> {

		@Libp2pProtocol("/generic/list")
		List<T> list(String ask) {
			return List.of(one(ask));
		}

		@Libp2pProtocol("/generic/one")
		abstract T one(String ask);

	}

	static class Generics extends Lister<Shape> {

		@Override
		Shape one(String ask) {
			return new Circle(2);
		}

	}

}
